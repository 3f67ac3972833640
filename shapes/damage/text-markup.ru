# The name of a link holds markup
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX link: <https://w3id.org/citylinks/id/link/>

INSERT DATA { link:agrigento-2525764--perm-511196 skos:altLabel "<b>Agrigento</b><script>alert(1)</script>"@en . }
