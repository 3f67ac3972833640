# Pavia's NUTS code is written in small letters
PREFIX city: <https://w3id.org/citylinks/id/city/>
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX nuts: <http://data.europa.eu/nuts/code/>

INSERT DATA { city:pavia-3171366 cl:inNUTS nuts:itc48 . }
