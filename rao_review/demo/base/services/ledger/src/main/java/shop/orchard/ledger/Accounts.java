package shop.orchard.ledger;

import java.util.Map;
import java.util.TreeMap;

/** Which accounts there are, and in which currency each is kept. */
public class Accounts {
    private final Map<String, String> currencies = new TreeMap<>();

    public void open(String name) {
        currencies.put(name, "EUR");
    }

    public String currency(String name) {
        return currencies.getOrDefault(name, "EUR");
    }
}
