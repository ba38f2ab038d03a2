package shop.orchard.ledger;

import java.util.ArrayList;
import java.util.List;

/** Prints the statement that a grower gets at the end of the month. */
public class StatementPrinter {
    private final Journal journal;

    public StatementPrinter(Journal journal) {
        this.journal = journal;
    }

    public List<String> print(String account, long openingCents) {
        List<String> lines = new ArrayList<>();
        LedgerEntry opening = LedgerEntry.of("opening", openingCents);
        lines.add(opening.toString());
        for (LedgerEntry entry : journal.entries()) {
            if (entry.account().equals(account)) {
                lines.add(entry.toString());
            }
        }
        lines.add("closing " + (opening.cents() + journal.balance(account)));
        return lines;
    }
}
