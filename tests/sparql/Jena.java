import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.jena.query.ARQ;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.QueryCancelledException;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryExecutionFactory;
import org.apache.jena.query.QueryParseException;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.riot.Lang;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.system.Txn;
import org.apache.jena.tdb2.TDB2Factory;

/**
 * Apache Jena as a SPARQL endpoint: the second engine of the tests.
 *
 * <p>{@code java Jena.java FOLDER PORT [QUADS]} answers SELECT and ASK by POST at
 * http://127.0.0.1:PORT/, each within eight seconds, from a database in a folder, into which a file
 * of N-Quads is loaded before.
 */
class Jena {
    private static final long SECONDS = 8;

    public static void main(String[] arguments) throws IOException {
        // A condition of two parts that a row meets both would give the row twice.
        ARQ.getContext().set(ARQ.optFilterDisjunction, false);
        Dataset data = TDB2Factory.connectDataset(arguments[0]);
        if (arguments.length > 2) {
            Txn.executeWrite(data, () -> RDFDataMgr.read(data, arguments[2], Lang.NQUADS));
        }
        int port = Integer.parseInt(arguments[1]);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> Txn.executeRead(data, () -> answer(exchange, data)));
        server.start();
        System.out.println("ready");
    }

    private static void answer(HttpExchange exchange, Dataset data) {
        try (exchange) {
            answer(exchange, new String(exchange.getRequestBody().readAllBytes(), UTF_8), data);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static void answer(HttpExchange exchange, String text, Dataset data)
            throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int status = 200;
        try (QueryExecution execution = QueryExecutionFactory.create(text, data)) {
            execution.setTimeout(SECONDS, TimeUnit.SECONDS);
            if (execution.getQuery().isAskType()) {
                ResultSetFormatter.outputAsJSON(body, execution.execAsk());
            } else {
                ResultSetFormatter.outputAsJSON(body, execution.execSelect());
            }
        } catch (QueryParseException problem) {
            status = 400;
            body = written(problem);
        } catch (QueryCancelledException | OutOfMemoryError problem) {
            status = 503;
            body = written(problem);
        } catch (RuntimeException | StackOverflowError problem) {
            status = 500;
            body = written(problem);
        }
        exchange.sendResponseHeaders(status, body.size());
        exchange.getResponseBody().write(body.toByteArray());
        exchange.getResponseBody().close();
    }

    private static ByteArrayOutputStream written(Throwable problem) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(problem.toString().getBytes(UTF_8));
        return body;
    }
}
