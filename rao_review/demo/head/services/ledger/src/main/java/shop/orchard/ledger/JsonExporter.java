package shop.orchard.ledger;

import java.util.stream.Collectors;

/** An array of objects, for the data warehouse. */
public class JsonExporter implements Exporter {
    @Override
    public String fileName(String day) {
        return "ledger-" + day + ".json";
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public String export(Journal journal) {
        return journal.entries().stream().map(JsonExporter::row).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private static String row(LedgerEntry entry) {
        return "  {\"account\": \"" + entry.account() + "\", \"cents\": " + entry.cents() + ", \"currency\": \"" + entry.currency() + "\"}";
    }
}
