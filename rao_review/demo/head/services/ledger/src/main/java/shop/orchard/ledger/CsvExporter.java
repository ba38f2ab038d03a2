package shop.orchard.ledger;

/** One line per entry, for the tax adviser's spreadsheet. */
public class CsvExporter implements Exporter {
    @Override
    public String fileName(String day) {
        return "ledger-" + day + ".csv";
    }

    @Override
    public String export(Journal journal) {
        StringBuilder out = new StringBuilder("account,cents\n");
        for (LedgerEntry entry : journal.entries()) {
            out.append(entry.account()).append(',').append(entry.cents()).append('\n');
        }
        return out.toString();
    }
}
