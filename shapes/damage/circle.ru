# Two events are parts of each other
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX event: <https://w3id.org/citylinks/id/event/>
PREFIX exchange: <https://w3id.org/citylinks/id/exchange/>

INSERT DATA { event:cultcities-twinning-event-2022 dcterms:isPartOf exchange:2022-cultcities-good-practices . }
