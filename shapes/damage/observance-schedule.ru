# A recurring day has no rule
PREFIX schema: <http://schema.org/>

DELETE WHERE { ?day schema:eventSchedule ?schedule . }
