import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.jena.query.ARQ;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.Query;
import org.apache.jena.query.QueryCancelledException;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryExecutionFactory;
import org.apache.jena.query.QueryFactory;
import org.apache.jena.query.QueryParseException;
import org.apache.jena.query.ResultSet;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.rdf.model.Model;
import org.apache.jena.rdf.model.ModelFactory;
import org.apache.jena.riot.Lang;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.sparql.core.DynamicDatasets;
import org.apache.jena.sparql.core.DatasetDescription;
import org.apache.jena.system.Txn;
import org.apache.jena.tdb2.TDB2Factory;

/**
 * Apache Jena behind addresses like those of Fuseki, which Debian does not have.
 *
 * <p>{@code java Jena.java PORT}: datasets in memory at /NAME, made by POST to /$/datasets
 * (dbName), removed by DELETE of /$/datasets/NAME. A dataset answers SELECT, ASK, CONSTRUCT and
 * DESCRIBE by POST with default-graph-uri and named-graph-uri, and has the Graph Store Protocol at
 * /NAME/data.
 */
class Jena {
    private static final long SECONDS = 20;
    private static final String RESULTS = "application/sparql-results+json";
    private static final long CHUNKED = Long.MIN_VALUE;
    private static final String ADMIN = "/$/datasets";
    private static final Map<String, Dataset> DATASETS = new ConcurrentHashMap<>();

    private record Reply(int status, String type, byte[] body) {}

    public static void main(String[] arguments) throws IOException {
        // A condition of two parts that a row meets both would give the row twice.
        ARQ.getContext().set(ARQ.optFilterDisjunction, false);
        int port = Integer.parseInt(arguments[0]);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", Jena::handle);
        server.start();
        System.out.println("ready");
    }

    private static void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        Reply reply;
        try {
            reply = replied(exchange, body);
        } catch (QueryParseException problem) {
            reply = told(400, problem);
        } catch (QueryCancelledException | OutOfMemoryError problem) {
            reply = told(503, problem);
        } catch (RuntimeException | StackOverflowError problem) {
            reply = told(500, problem);
        }
        if (exchange.getResponseCode() == -1) {
            begin(exchange, reply.status, reply.type, reply.body.length);
            exchange.getResponseBody().write(reply.body);
            exchange.close();
        } else if (reply.status == 200) {
            exchange.close();
        } else {
            // An answer that breaks off does not end as one that is whole.
            throw new IOException("broken off");
        }
    }

    private static void begin(HttpExchange exchange, int status, String type, long length)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, length == CHUNKED ? 0 : length == 0 ? -1 : length);
    }

    private static Reply replied(HttpExchange exchange, byte[] body) {
        String path = exchange.getRequestURI().getPath(), method = exchange.getRequestMethod();
        if (path.startsWith(ADMIN)) {
            return administered(method, path.substring(ADMIN.length()), body);
        }
        String[] parts = path.substring(1).split("/", 2);
        Dataset data = DATASETS.get(parts[0]);
        if (data == null) {
            return new Reply(404, "text/plain", new byte[0]);
        }
        if (parts.length == 2 && parts[1].equals("data")) {
            List<String> graph = all(exchange.getRequestURI().getRawQuery(), "graph");
            return stored(data, method, graph.get(0), body);
        }
        String form = new String(body, UTF_8);
        return Txn.calculateRead(data, () -> asked(exchange, data, form));
    }

    private static Reply administered(String method, String path, byte[] body) {
        if (method.equals("DELETE")) {
            boolean found = DATASETS.remove(path.substring(1)) != null;
            return new Reply(found ? 200 : 404, "text/plain", new byte[0]);
        }
        String name = all(new String(body, UTF_8), "dbName").get(0);
        boolean is_new = DATASETS.putIfAbsent(name, TDB2Factory.createDataset()) == null;
        return new Reply(is_new ? 200 : 409, "text/plain", new byte[0]);
    }

    private static Reply stored(Dataset data, String method, String graph, byte[] body) {
        Txn.executeWrite(data, () -> {
            Model model = data.getNamedModel(graph);
            if (!method.equals("POST")) {
                model.removeAll();
            }
            if (!method.equals("DELETE")) {
                RDFDataMgr.read(model, new ByteArrayInputStream(body), Lang.NTRIPLES);
            }
        });
        return new Reply(204, "text/plain", new byte[0]);
    }

    private static Reply asked(HttpExchange exchange, Dataset whole, String form) {
        Query query = QueryFactory.create(all(form, "query").get(0));
        DatasetDescription named = new DatasetDescription();
        named.addAllDefaultGraphURIs(all(form, "default-graph-uri"));
        named.addAllNamedGraphURIs(all(form, "named-graph-uri"));
        Dataset data = DynamicDatasets.dynamicDataset(named, whole, false);
        try (QueryExecution execution = QueryExecutionFactory.create(query, data)) {
            execution.setTimeout(SECONDS, TimeUnit.SECONDS);
            if (query.isSelectType()) {
                ResultSet rows = execution.execSelect();
                rows.hasNext(); // What is wrong with a query is mostly told before the first row.
                begin(exchange, 200, RESULTS, CHUNKED);
                ResultSetFormatter.outputAsJSON(exchange.getResponseBody(), rows);
                return new Reply(200, RESULTS, new byte[0]);
            }
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            if (query.isAskType()) {
                ResultSetFormatter.outputAsJSON(body, execution.execAsk());
                return new Reply(200, RESULTS, body.toByteArray());
            }
            Model made = query.isConstructType()
                            ? execution.execConstruct()
                            : execution.execDescribe();
            RDFDataMgr.write(body, made, Lang.NTRIPLES);
            return new Reply(200, "application/n-triples", body.toByteArray());
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Lists the values of a parameter. */
    private static List<String> all(String form, String name) {
        List<String> found = new ArrayList<>();
        for (String pair : form.split("&")) {
            String[] sides = pair.split("=", 2);
            if (sides[0].equals(name)) {
                found.add(URLDecoder.decode(sides[1], UTF_8));
            }
        }
        return found;
    }

    private static Reply told(int status, Throwable problem) {
        return new Reply(status, "text/plain", problem.toString().getBytes(UTF_8));
    }
}
