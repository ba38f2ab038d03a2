package shop.orchard.ledger;

/** Writes a journal in a format that other programs read. */
public interface Exporter {
    /** The name of the file, with its ending. */
    String fileName(String day);

    /** The media type, for the download page. */
    String contentType();

    /** The whole content of the file. */
    String export(Journal journal);
}
