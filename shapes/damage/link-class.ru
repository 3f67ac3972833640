# The link is no longer typed
PREFIX link: <https://w3id.org/citylinks/id/link/>

DELETE WHERE { link:agrigento-2525764--perm-511196 a ?class . }
