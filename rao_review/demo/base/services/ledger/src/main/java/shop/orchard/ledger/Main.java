package shop.orchard.ledger;

/** A tiny run through the package, for a first look. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Accounts accounts = new Accounts();
        accounts.open("till");
        accounts.open("bank");
        Journal journal = new Journal();
        journal.move("till", "bank", 12_500);
        Exporter exporter = new JsonExporter();
        System.out.println(exporter.fileName("2026-05-04"));
        System.out.println(exporter.export(journal));
        new StatementPrinter(journal).print("bank", 0).forEach(System.out::println);
    }
}
