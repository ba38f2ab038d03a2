package shop.orchard.ledger;

import java.util.Objects;

/** One line of the books. Immutable. */
public final class LedgerEntry {
    private final String account;
    private final long cents;

    private LedgerEntry(String account, long cents) {
        this.account = Objects.requireNonNull(account);
        this.cents = cents;
    }

    public static LedgerEntry of(String account, long cents) {
        return new LedgerEntry(account, cents);
    }

    public String account() {
        return account;
    }

    public long cents() {
        return cents;
    }

    @Override
    public String toString() {
        return account + " " + cents;
    }
}
