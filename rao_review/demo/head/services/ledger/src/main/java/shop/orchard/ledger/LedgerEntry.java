package shop.orchard.ledger;

import java.util.Objects;

/** One line of the books, in one currency. Immutable. */
public final class LedgerEntry {
    private final String account;
    private final long cents;
    private final String currency;

    private LedgerEntry(String account, long cents, String currency) {
        this.account = Objects.requireNonNull(account);
        this.cents = cents;
        this.currency = Objects.requireNonNull(currency);
    }

    public static LedgerEntry of(String account, long cents, String currency) {
        return new LedgerEntry(account, cents, currency);
    }

    public String account() {
        return account;
    }

    public long cents() {
        return cents;
    }

    public String currency() {
        return currency;
    }

    @Override
    public String toString() {
        return account + " " + cents + " " + currency;
    }
}
