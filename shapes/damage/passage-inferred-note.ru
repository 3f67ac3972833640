# A passage from which something is inferred has no note
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX passage: <https://w3id.org/citylinks/id/passage/>

DELETE { passage:perm-twins\/p2-now skos:note ?note } WHERE { passage:perm-twins\/p2-now skos:note ?note }
