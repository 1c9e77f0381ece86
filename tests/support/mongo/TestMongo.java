import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

/**
 * An empty MongoDB-compatible server in memory, on loopback, which ends when its standard input does. With "change-streams" it
 * has an oplog, as a member of a replica set does.
 */
public class TestMongo {
  public static void main(String[] args) throws Exception {
    MongoServer server = new MongoServer(new MemoryBackend());
    if (args.length > 0 && args[0].equals("change-streams")) server.enableOplog();
    server.bind("127.0.0.1", 0);
    System.out.println(server.getLocalAddress().getPort());
    while (System.in.read() >= 0) {}
    server.shutdownNow();
    System.exit(0);
  }
}
