package shop.orchard.ledger;

import java.util.Map;
import java.util.TreeMap;

/** Which accounts there are, and in which currency each is kept. */
public class Accounts {
    private final Map<String, String> currencies = new TreeMap<>();

    public void open(String name) {
        open(name, "EUR");
    }

    public void open(String name, String currency) {
        currencies.put(name, currency);
    }

    public String currency(String name) {
        return currencies.getOrDefault(name, "EUR");
    }
}
