// The query as others ask it: from a shell, Python and R.
const triple = (text) => text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"').replace(/"$/, '\\"');
const json = JSON.stringify;

export const isGraph = (query) => /^\s*(CONSTRUCT|DESCRIBE)\b/im.test(query.replace(/#[^\n]*/g, ""));

function curl(endpoint, query) {
  const accept = isGraph(query) ? "text/turtle" : "text/csv";
  return `curl -H 'Accept: ${accept}' '${endpoint}' \\\n  --data-urlencode 'query=${query.replaceAll("'", "'\\''")}'\n`;
}

function wrapper(endpoint, query) {
  const rest = isGraph(query)
    ? 'graph = client.queryAndConvert()\nprint(graph.serialize(format="turtle"))'
    : 'client.setReturnFormat(JSON)\nfor row in client.queryAndConvert()["results"]["bindings"]:\n    print({name: term["value"] for name, term in row.items()})';
  return `# pip install sparqlwrapper\nfrom SPARQLWrapper import JSON, POST, SPARQLWrapper\n\nclient = SPARQLWrapper(${json(endpoint)})\nclient.setMethod(POST)\nclient.setQuery("""${triple(query)}""")\n${rest}\n`;
}

function rdflib(endpoint, query) {
  return `# pip install rdflib\nfrom rdflib import Graph\nfrom rdflib.plugins.stores.sparqlstore import SPARQLStore\n\ngraph = Graph(SPARQLStore(${json(endpoint)}, method="POST"))\nfor row in graph.query("""${triple(query)}"""):\n    print(row)\n`;
}

function pandas(endpoint, query) {
  return `# pip install pandas requests\nimport io\n\nimport pandas\nimport requests\n\nquery = """${triple(query)}"""\nanswer = requests.post(${json(endpoint)}, data={"query": query}, headers={"Accept": "text/csv"})\nanswer.raise_for_status()\nprint(pandas.read_csv(io.StringIO(answer.text)))\n`;
}

function r(endpoint, query) {
  return `# install.packages(c("httr2", "readr"))\nlibrary(httr2)\n\nquery <- r"---(${query})---"\nanswer <- request(${json(endpoint)}) |>\n  req_body_form(query = query) |>\n  req_headers(Accept = "text/csv") |>\n  req_perform()\nprint(readr::read_csv(resp_body_string(answer)))\n`;
}

export const PROGRAMS = { cURL: curl, "Python: SPARQLWrapper": wrapper, "Python: rdflib": rdflib, "Python: pandas": pandas, R: r };
