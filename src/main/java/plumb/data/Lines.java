package plumb.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import plumb.chat.BadInput;

/** A text file line by line, in constant memory: UTF-8 with or without a byte order mark, any line ends, checked. */
final class Lines {
    private static final int LONGEST = 64 << 20;

    private Lines() {}

    interface Reader {
        /** Takes one line without its end; numbers count from 1. */
        void line(int number, String text);

        /** Told when a line is no text. */
        void problem(int number, String what);
    }

    /** Reads the whole file; {@link BadInput} if that is not possible. */
    static void read(Path file, Reader reader) {
        try (var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            refuseOtherFormats(file, in);
            var line = new ByteArrayOutputStream();
            int number = 1;
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b == '\n') {
                    pass(line, number++, reader);
                } else if (line.size() <= LONGEST) {
                    line.write(b);
                }
            }
            if (line.size() > 0) {
                pass(line, number, reader);
            }
        } catch (NoSuchFileException e) {
            throw new BadInput("there is no file " + file, e);
        } catch (IOException e) {
            throw new BadInput("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static void refuseOtherFormats(Path file, InputStream in) throws IOException {
        in.mark(4);
        int first = in.read();
        int second = in.read();
        int third = in.read();
        if (first == 0x1F && second == 0x8B) {
            throw new BadInput(file + " is compressed; unpack it first (gunzip)");
        }
        if ((first == 0xFF && second == 0xFE) || (first == 0xFE && second == 0xFF)) {
            throw new BadInput(file + " is UTF-16 text; save it as UTF-8");
        }
        boolean byteOrderMark = first == 0xEF && second == 0xBB && third == 0xBF;
        if (!byteOrderMark) {
            in.reset();
        }
    }

    private static void pass(ByteArrayOutputStream bytes, int number, Reader reader) {
        if (bytes.size() > LONGEST) {
            reader.problem(number, "is longer than " + (LONGEST >> 20) + " MB");
        } else {
            try {
                var text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes.toByteArray()))
                        .toString();
                reader.line(number, text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
            } catch (CharacterCodingException e) {
                reader.problem(number, "is not UTF-8 text");
            }
        }
        bytes.reset();
    }
}
