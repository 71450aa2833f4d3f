package plumb.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import plumb.chat.BadInput;
import plumb.json.JsonFault;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvSchema;

/**
 * Rows of named texts, as published sets have them: CSV with a header, JSONL, a JSON list of objects or of texts, or plain
 * text with a row a line. A text that has no name stands under {@link #ALONE}; values that are no texts are left out.
 *
 * @param file where they are from
 */
public record Table(Path file, List<Row> rows) {
    /** The name of a text that has none in its file. */
    public static final String ALONE = "text";

    /**
     * One row.
     *
     * @param number its line, or in CSV and JSON its place among the rows, from 1
     */
    public record Row(Path file, int number, Map<String, String> cells) {
        /** The first of these that is there and not blank. */
        public Optional<String> first(List<String> names) {
            return names.stream()
                    .map(name -> cells.getOrDefault(name, ""))
                    .filter(text -> !text.isBlank())
                    .findFirst();
        }

        /** This text; {@link BadInput} naming file and row where it is missing. */
        public String require(String name) {
            return first(List.of(name))
                    .orElseThrow(() -> new BadInput(
                            file + ", row " + number + " has no text '" + name + "'; it has " + cells.keySet()));
        }
    }

    public Table {
        rows = List.copyOf(rows);
    }

    /** Reads a file; what it is follows from its ending: {@code csv}, {@code jsonl}, {@code json} or {@code txt}. */
    public static Table read(Path file) {
        if (!Files.exists(file)) {
            throw new BadInput("there is no " + file);
        }
        var name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        var table = new Table(
                file,
                switch (name.substring(name.lastIndexOf('.') + 1)) {
                    case "csv" -> csv(file);
                    case "jsonl" -> lines(file, true);
                    case "json" -> json(file);
                    case "txt" -> lines(file, false);
                    default -> throw new BadInput(file + " ends in none of csv, jsonl, json and txt");
                });
        if (table.rows.isEmpty()) {
            throw new BadInput(file + " has no rows");
        }
        return table;
    }

    private static List<Row> csv(Path file) {
        var text = text(file);
        var rows = new ArrayList<Row>();
        var header = CsvSchema.emptySchema().withHeader();
        try (var all =
                new CsvMapper().readerForMapOf(String.class).with(header).<Map<String, String>>readValues(text)) {
            while (all.hasNext()) {
                rows.add(new Row(file, rows.size() + 1, all.next()));
            }
        } catch (JacksonException e) {
            throw new BadInput(file + ", row " + (rows.size() + 1) + " is not CSV: " + JsonFault.of(e), e);
        }
        return rows;
    }

    private static List<Row> json(Path file) {
        var list = tree(file, 1, text(file));
        if (!list.isArray()) {
            throw new BadInput(file + " is not a JSON list; one object a line belongs into a .jsonl file");
        }
        var rows = new ArrayList<Row>();
        list.forEach(node -> rows.add(row(file, rows.size() + 1, node)));
        return rows;
    }

    private static List<Row> lines(Path file, boolean json) {
        var rows = new ArrayList<Row>();
        Lines.read(file, new Lines.Reader() {
            @Override
            public void line(int number, String text) {
                if (!text.isBlank()) {
                    rows.add(
                            json
                                    ? row(file, number, tree(file, number, text))
                                    : new Row(file, number, Map.of(ALONE, text.strip())));
                }
            }

            @Override
            public void problem(int number, String what) {
                throw new BadInput(file + ", line " + number + " " + what);
            }
        });
        return rows;
    }

    private static String text(Path file) {
        var text = new StringBuilder();
        Lines.read(file, new Lines.Reader() {
            @Override
            public void line(int number, String line) {
                text.append(line).append('\n');
            }

            @Override
            public void problem(int number, String what) {
                throw new BadInput(file + ", line " + number + " " + what);
            }
        });
        return text.toString();
    }

    private static JsonNode tree(Path file, int number, String json) {
        try {
            return JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            throw new BadInput(file + ", line " + number + " is not JSON: " + JsonFault.inLine(e), e);
        }
    }

    private static Row row(Path file, int number, JsonNode node) {
        var cells = new LinkedHashMap<String, String>();
        if (node.isString()) {
            cells.put(ALONE, node.asString());
        }
        node.properties().forEach(entry -> {
            if (entry.getValue().isString()) {
                cells.put(entry.getKey(), entry.getValue().asString());
            }
        });
        return new Row(file, number, cells);
    }
}
