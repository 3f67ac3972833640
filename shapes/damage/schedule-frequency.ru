# A rule does not say how often
PREFIX schema: <http://schema.org/>

DELETE WHERE { ?schedule schema:repeatFrequency ?frequency . }
