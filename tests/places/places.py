"""A few real places, divisions and items, for a small gazetteer."""

from registry.places.anchors import Anchor
from registry.places.divisions import DivisionNames
from registry.places.gazetteer import Place
from registry.places.names import is_of_quarter
from registry.places.position import Position

_PLACES = [
    Place(3171366, "Pavia", 45.19205, 9.15917, "IT", "09", 65734, ("Papia", "Pavie", "Павия")),
    Place(3111108, "Salamanca", 40.96882, -5.66388, "ES", "55", 144825, ("Salamanque",)),
    Place(6544491, "Salamanca", 40.42972, -3.67975, "ES", "29", 147707, ("Distrito Salamanca",)),
    Place(3169921, "Prato", 43.8843, 11.09092, "IT", "16", 195089),
    Place(3169911, "Prato", 46.37364, 13.30659, "IT", "06", 423),
    Place(2654710, "Brighton", 50.82838, -0.13947, "GB", "ENG", 283870, part="ENG.B6"),
    Place(2646557, "Hove", 50.83088, -0.1672, "GB", "ENG", 75174, part="ENG.B6"),
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
    Place(671890, "Ojdula", 45.98333, 26.25, "RO", "15", 3464),
    Place(2692969, "Malmö", 55.60587, 13.00073, "SE", "27", 362133),
    Place(4717560, "Paris", 33.66094, -95.55551, "US", "TX", 24782),
    Place(2988507, "Paris", 48.85341, 2.3488, "FR", "11", 2138551, (), (("de", "Paris"),)),
    Place(2655603, "Birmingham", 52.48142, -1.89983, "GB", "ENG", 1157603),
    Place(4049979, "Birmingham", 33.52066, -86.80249, "US", "AL", 196357),
    Place(2192362, "Christchurch", -43.53333, 172.63333, "NZ", "E9", 419200),
    Place(2653075, "Christchurch", 50.73583, -1.78129, "GB", "ENG", 31372),
    Place(470546, "Vyborg", 60.70763, 28.75283, "RU", "42", 78633),
    Place(498817, "Saint Petersburg", 59.93863, 30.31413, "RU", "66", 5351935),
    Place(2928810, "Essen", 51.45657, 7.01228, "DE", "07", 593085),
    Place(2928809, "Essen", 52.7228, 7.93721, "DE", "06", 8185),
    Place(2904789, "Hildesheim", 52.15077, 9.95112, "DE", "06", 103052),
    Place(2934486, "Düren", 50.80434, 6.49299, "DE", "07", 93440),
    Place(
        *(2711537, "Gothenburg", 57.70716, 11.96679, "SE", "28", 608462, ("Gotemburgo",)),
        (("de", "Göteborg"), ("sv", "Göteborg")),
    ),
    Place(
        *(3181913, "Bolzano", 46.49067, 11.33982, "IT", "17", 107436, ()),
        (("de", "Bozen"), ("it", "Bolzano")),
    ),
    Place(2658822, "Sankt Gallen", 47.42391, 9.37477, "CH", "SG", 75833),
    Place(2755003, "Haarlem", 52.38084, 4.63683, "NL", "07", 162543),
    Place(2753801, "Hoofddorp", 52.3025, 4.68889, "NL", "07", 132734),
    Place(2759899, "Alkmaar", 52.63167, 4.74861, "NL", "07", 94853),
    Place(2759154, "Bergen", 52.66917, 4.70417, "NL", "07", 29715),
    Place(2757991, "Castricum", 52.54833, 4.66944, "NL", "07", 35256),
    Place(665000, "Târgu Secuiesc", 46.0, 26.13333, "RO", "15", 20067),
    Place(2994651, "Melun", 48.5457, 2.65356, "FR", "11", 38953),
    Place(3624370, "Cartago", 9.86371, -83.9195, "CR", "02", 26594),
    Place(3687230, "Cartago", 4.74639, -75.91167, "CO", "29", 134972),
    Place(2641700, "Newbridge", 51.66667, -3.13333, "GB", "WLS", 6509),
    Place(2641698, "Newbridge", 55.93333, -3.4, "GB", "SCT", 1013),
    Place(6957079, "Benito Juárez", 19.3727, -99.1564, "MX", "09", 385439),
    Place(11087502, "Benito Juárez", 19.0091, -97.85718, "MX", "21", 3751),
    *(
        place._replace(part=part)
        for place, part in (
            (Place(2641598, "Newport", 51.58774, -2.99835, "GB", "WLS", 161506), "WLS.Z6"),
            (Place(2641596, "Newport", 52.01667, -4.83333, "GB", "WLS", 851), "WLS.Y7"),
            (Place(2641170, "Nottingham", 52.9536, -1.15047, "GB", "ENG", 323632), "ENG.J8"),
            (Place(2634552, "West Bridgford", 52.92979, -1.12537, "GB", "ENG", 39505), "ENG.J9"),
            (Place(588335, "Kehra", 59.33611, 25.33583, "EE", "01", 2795), "01.0141"),
            (Place(588409, "Tallinn", 59.43696, 24.75353, "EE", "01", 394024), "01.0784"),
        )
    ),
    Place(2643743, "London", 51.50853, -0.12574, "GB", "ENG", 8961989),
    Place(2643741, "City of London", 51.51279, -0.09184, "GB", "ENG", 8706),
    Place(4726440, "San Juan", 26.18924, -98.15529, "US", "TX", 36643),
    Place(4568127, "San Juan", 18.46633, -66.10572, "PR", "127", 418140),
    Place(2172517, "Canberra", -35.28346, 149.12807, "AU", "01", 367752),
    Place(2172518, "Canberra City", -35.2813, 149.1293, "AU", "01", 1300),
    Place(686842, "Vilnyansk", 47.94455, 35.43386, "UA", "26", 16000, ("Sofiyivka",)),
    Place(693468, "Sofiyivka", 46.98, 35.9, "UA", "26", 900),
    Place(5793933, "Ellensburg", 46.99654, -120.54785, "US", "WA", 19286),
    Place(2950037, "Bergen auf Rügen", 54.41571, 13.43219, "DE", "12", 13598),
    Place(3521081, "Puebla", 19.04778, -98.20723, "MX", "21", 1692181),
]
PLACES = [place._replace(quarter=is_of_quarter(place.names)) for place in _PLACES]


def _division(country: str, code: str, name: str, *names: str, iso: str = "") -> DivisionNames:
    codes = (f"{country}.{code}", *iso.split())
    return DivisionNames(country, code, name, (name, *names), codes)


DIVISIONS = [
    _division("DE", "06", "Lower Saxony", "Niedersachsen", iso="DE-NI"),
    _division("DE", "07", "North Rhine-Westphalia", "Nordrhein-Westfalen", iso="DE-NW"),
    _division("DE", "14", "Saxony-Anhalt", "Sachsen-Anhalt", iso="DE-ST"),
    _division("CO", "29", "Valle del Cauca Department"),
    _division("CR", "02", "Cartago"),
    _division("GB", "SCT", "Scotland", iso="GB-SCT"),
    _division("GB", "WLS", "Wales", iso="GB-WLS"),
    _division("GB", "ENG.B6", "Brighton and Hove", "Brighton")._replace(municipal=True),
    _division("GB", "WLS.Y7", "Pembrokeshire", "Sir Benfro", iso="GB-PEM")._replace(municipal=True),
    _division("GB", "ENG", "England", iso="GB-ENG"),
    _division("GB", "ENG.J8", "Nottingham", iso="GB-NGM")._replace(municipal=True),
    _division("GB", "ENG.J9", "Nottinghamshire", iso="GB-NTT"),
    _division("EE", "01", "Harjumaa", "Harju", iso="EE-37"),
    _division("EE", "01.0141", "Anija", "Anija vald", iso="EE-141")._replace(municipal=True),
    _division("IT", "09", "Lombardy", "Lombardia", "Pavia", iso="IT-25 IT-PV"),
    _division("MX", "09", "Mexico City", iso="MX-CMX"),
    _division("MX", "21", "Puebla", iso="MX-PUE"),
    _division("RU", "42", "Leningrad Oblast", "Leningrad"),
    _division("US", "AL", "Alabama", iso="US-AL"),
    _division("US", "CO", "Colorado", iso="US-CO"),
    _division("US", "KY", "Kentucky", iso="US-KY"),
    _division("US", "MS", "Mississippi", iso="US-MS"),
    _division("US", "OH", "Ohio", iso="US-OH"),
    _division("UA", "26", "Zaporizhzhya Oblast"),
    _division("US", "MN", "Minnesota", iso="US-MN"),
    _division("US", "WA", "Washington", iso="US-WA"),
    _division("US", "TX", "Texas", "Tejas", iso="US-TX"),
]

ANCHORS = [
    Anchor("Q79990", ("Christchurch",), Position(-43.53502, 172.63002), "NZ", 2192362),
    Anchor("Q2256", ("Birmingham",), Position(52.47497, -1.91999), "GB", 2655603),
]
