package plumb.chat;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Text to token ids and back, by a Hugging Face {@code tokenizer.json}. The work is done by the Hugging Face library
 * itself, called at its lowest level: the classes above it report their use over the network, this one stays silent.
 * Safe for use by many threads at once; {@link #close} waits for them.
 */
public final class Tokenizer implements AutoCloseable {
    private final TokenizersLibrary library;
    private final Map<String, Integer> vocabulary;
    private final Set<String> specials;
    private final int size;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private long handle;

    private Tokenizer(TokenizerJson file, String source) {
        this.library = library();
        this.vocabulary = file.vocabulary();
        this.specials = file.specials();
        this.size = 1 + Collections.max(vocabulary.values());
        try {
            this.handle = library.createTokenizerFromString(file.json());
        } catch (RuntimeException e) {
            throw new BadInput(source + " is not a tokenizer this version can use: " + e.getMessage(), e);
        }
    }

    /** Reads a tokenizer.json; {@link BadInput} if it is missing or is none. */
    public static Tokenizer read(Path tokenizerJson) {
        try {
            return new Tokenizer(
                    TokenizerJson.parse(Files.readString(tokenizerJson), tokenizerJson.toString()),
                    tokenizerJson.toString());
        } catch (NoSuchFileException e) {
            throw new BadInput(
                    "there is no tokenizer at " + tokenizerJson + "; a model folder needs its tokenizer.json", e);
        } catch (CharacterCodingException e) {
            throw new BadInput(tokenizerJson + " is not UTF-8 text: it is not a tokenizer.json", e);
        } catch (IOException e) {
            throw new BadInput("cannot read " + tokenizerJson + ": " + e, e);
        }
    }

    /** A tokenizer from the text of a tokenizer.json. */
    public static Tokenizer of(String json) {
        return new Tokenizer(TokenizerJson.parse(json, "the tokenizer text"), "the tokenizer text");
    }

    /** Token ids. Special tokens written in the text become their ids; none are added. */
    public int[] encode(String text) {
        return encoded(text, encoding -> ints(library.getTokenIds(encoding)));
    }

    /** As {@link #encode}, with the place of every token in the text. */
    public Encoded encodeWithOffsets(String text) {
        return encoded(text, encoding -> {
            var spans = library.getTokenCharSpans(encoding);
            return offsets(text, ints(library.getTokenIds(encoding)), spans);
        });
    }

    /**
     * The text of these tokens; special tokens are left out, bytes that are no character become U+FFFD. Ids behind the last
     * token have no text: embeddings are often padded to a round number of rows, and a model may draw such a row.
     */
    public String decode(int[] ids) {
        return decode(ids, true);
    }

    /** The text of these tokens with the special ones written out. */
    public String decodeWithSpecials(int[] ids) {
        return decode(ids, false);
    }

    /** One more than the largest token id: the rows an embedding needs. */
    public int size() {
        return size;
    }

    /** The id of a token by its exact form in the vocabulary, e.g. {@code "<|end|>"}. */
    public OptionalInt id(String token) {
        var id = vocabulary.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Tokens that mark structure: they never come from decoding and should not be in a user's text. */
    public Set<String> specials() {
        return specials;
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (handle != 0) {
                library.deleteTokenizer(handle);
                handle = 0;
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private interface Use<T> {
        T of(long encoding);
    }

    private <T> T encoded(String text, Use<T> use) {
        lock.readLock().lock();
        try {
            long encoding = library.encode(open(), wellFormed(text), false);
            try {
                return use.of(encoding);
            } finally {
                library.deleteEncoding(encoding);
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    private String decode(int[] ids, boolean skipSpecials) {
        for (int id : ids) {
            if (id < 0) {
                throw new IllegalArgumentException("token id " + id + " is negative");
            }
        }
        lock.readLock().lock();
        try {
            return library.decode(open(), Arrays.stream(ids).asLongStream().toArray(), skipSpecials);
        } finally {
            lock.readLock().unlock();
        }
    }

    private long open() {
        if (handle == 0) {
            throw new IllegalStateException("the tokenizer is closed");
        }
        return handle;
    }

    /** The native side counts characters (code points), Java counts UTF-16 units. */
    private static Encoded offsets(String text, int[] ids, CharSpan[] spans) {
        var place = new int[text.length() + 1];
        int characters = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            place[characters++] = i;
        }
        place[characters] = text.length();
        var starts = new int[ids.length];
        var ends = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            starts[i] = place[spans[i].getStart()];
            ends[i] = place[spans[i].getEnd()];
        }
        return new Encoded(ids, starts, ends);
    }

    /** Half of a surrogate pair is no character: it becomes U+FFFD, of the same length. */
    private static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return text.codePoints()
                        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            }
        }
        return text;
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    /** The native library in its CPU flavour: on a machine with a GPU the loader would fetch another from the network. */
    private static TokenizersLibrary library() {
        if (System.getenv("RUST_FLAVOR") == null && System.getProperty("RUST_FLAVOR") == null) {
            System.setProperty("RUST_FLAVOR", "cpu");
        }
        LibUtils.checkStatus();
        return TokenizersLibrary.LIB;
    }
}
