"""A few real places, for a small gazetteer."""

from registry.places.gazetteer import Place

PLACES = [
    Place(3171366, "Pavia", 45.19205, 9.15917, "IT", "09", 65734, ("Papia", "Pavie", "Павия")),
    Place(3111108, "Salamanca", 40.96882, -5.66388, "ES", "55", 144825, ("Salamanque",)),
    Place(6544491, "Salamanca", 40.42972, -3.67975, "ES", "29", 147707, ("Distrito Salamanca",)),
    Place(3169921, "Prato", 43.8843, 11.09092, "IT", "16", 195089),
    Place(3169911, "Prato", 46.37364, 13.30659, "IT", "06", 423),
    Place(2654710, "Brighton", 50.82838, -0.13947, "GB", "ENG", 283870),
    Place(2646557, "Hove", 50.83088, -0.1672, "GB", "ENG", 75174),
    Place(3083829, "Szczecin", 53.42894, 14.55302, "PL", "72", 403833, ("Stettin",)),
    Place(2911522, "Halle (Saale)", 51.48158, 11.97947, "DE", "14", 237865, ("Halle",)),
    Place(2911520, "Halle", 52.06007, 8.36083, "DE", "07", 21353, ("Halle Westfalen",)),
    Place(4299276, "Louisville", 38.25424, -85.75941, "US", "KY", 624444),
    Place(5429522, "Louisville", 39.97776, -105.13193, "US", "CO", 20047),
    Place(5161347, "Louisville", 40.83728, -81.25955, "US", "OH", 9187),
    Place(511196, "Perm", 58.01046, 56.25017, "RU", "90", 982419, ("Пермь",)),
    Place(733905, "Véroia", 40.52437, 22.20242, "GR", "ESYE12", 44464, ("Βέροια",)),
    Place(2640729, "Oxford", 51.75222, -1.25596, "GB", "ENG", 171380),
    Place(4440076, "Oxford", 34.3665, -89.51925, "US", "MS", 21757),
    Place(2622447, "Odense", 55.39594, 10.38831, "DK", "21", 180863),
    Place(661, "Ostrówek", 51.29, 18.51, "PL", "74", 1800),
    Place(662, "Ostrówek", 51.59, 22.61, "PL", "75", 1700),
    Place(2918316, "Grafenhausen", 48.28427, 7.76678, "DE", "01", 2296),
    Place(2918313, "Gräfenhausen", 49.92946, 8.6039, "DE", "05", 6200),
    Place(3181443, "Budrio", 44.53745, 11.53439, "IT", "05", 8941),
    Place(8948831, "Budrio", 44.09916, 12.34033, "IT", "05", 3650),
    Place(2139521, "Nouméa", -22.27407, 166.44884, "NC", "02", 93060),
    Place(3084826, "Starogard Gdański", 53.96396, 18.52638, "PL", "82", 47272, ("Starogard",)),
    Place(3084840, "Stargard", 53.33672, 15.0499, "PL", "87", 71224),
    Place(2692969, "Malmö", 55.60587, 13.00073, "SE", "27", 362133),
]
