"""Places: names and how they compare, countries, positions, distances, the gazetteer."""
