package shop.orchard.ledger;

import java.util.ArrayList;
import java.util.List;

/** All entries of one day, in the order in which they came. */
public class Journal {
    private final List<LedgerEntry> entries = new ArrayList<>();

    public void move(String from, String to, long cents) {
        entries.add(LedgerEntry.of(from, -cents));
        entries.add(LedgerEntry.of(to, cents));
    }

    public long balance(String account) {
        return entries.stream().filter(entry -> entry.account().equals(account)).mapToLong(LedgerEntry::cents).sum();
    }

    public List<LedgerEntry> entries() {
        return List.copyOf(entries);
    }
}
