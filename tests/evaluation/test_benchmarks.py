"""Files of word pairs and analogies, in the layouts that are about."""

import pytest

from w2v_cli.errors import W2VError
from w2v_cli.evaluation.benchmarks import Analogies, WordPairs, read_benchmark

TIGERS = [("tiger", "cat"), ("Tiger", "tiger")]

LAYOUTS = {
    "WS-353": b"Word 1\tWord 2\tHuman (mean)\ntiger\tcat\t7.35\nTiger\ttiger\t10.00\n",
    "WS-353, commas": b"Word 1,Word 2,Human (mean),1,2\ntiger,cat,7.35,9,8\nTiger,tiger,10,10,9\n",
    "gensim": b"# The test\n# Word 1\tWord 2\ntiger\tcat\t7.35\n\n  # note\nTiger\ttiger\t10.00\n",
    "SimLex-999": b"word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\n"
    b"tiger\tcat\tN\t7.35\t2.72\t2.81\nTiger\ttiger\tN\t10\t1\t1\n",
    "SimVerb-3500": b"tiger\tcat\tV\t7.35\tCOHYPONYMS\nTiger\ttiger\tV\t10\tSYNONYMS\n",
    "MEN": b"tiger cat 7.35000\nTiger tiger 1e1\n",
    "RW": b"tiger\tcat\t7.35\t7\t8\t7\t8\t7\t8\t7\t8\t7\t8\nTiger\ttiger\t10.\t10\t10\n",
    "CRLF": b"tiger\tcat\t7.35\r\nTiger\ttiger\t10.00\r\n",
    "spaces beside tabs": b"\xef\xbb\xbftiger \t cat\t7.35 \nTiger\ttiger\t10",
    "Excel, Unicode text": "w1\tw2\ts\r\ntiger\tcat\t7,35\r\nTiger\ttiger\t10\r\n".encode("utf-16"),
    "UTF-16, high bytes first": b"\xfe\xff" + "tiger cat 7.35\nTiger tiger 10".encode("utf-16-be"),
    "R, write.csv": b'"","w1","w2","s"\n"1","tiger","cat",7.35\n"2","Tiger","tiger",10\n',
    "R, write.csv without row names": b'"w1","w2","s"\n"tiger","cat",7.35\n"Tiger","tiger",10\n',
    "R, write.table": b'"w1" "w2" "s"\n"1" "tiger" "cat" 7.35\n"2" "Tiger" "tiger" 10\n',
    "R, write.csv2": b'"";"w1";"w2";"s"\n"1";"tiger";"cat";7,35\n"2";"Tiger";"tiger";10\n',
    "pandas": b",w1,w2,s\n0,tiger,cat,7.35\n1,Tiger,tiger,10.0\n",
    "pandas, tabs": b"\tw1\tw2\ts\n0\ttiger\tcat\t7.35\n1\tTiger\ttiger\t10.0\n",
    "pandas, decimal comma": b'w1,w2,s\ntiger,cat,"7,35"\nTiger,tiger,"10,0"\n',
    "an index without titles": b"17 tiger cat 7.35\n4 Tiger tiger 10\n",
    "an index and a part of speech": b"id;w1;w2;POS;s\n7;tiger;cat;N;7,35\n9;Tiger;tiger;N;10\n",
    "decimal commas between spaces": b"tiger cat 7,35 1,5 2,5\nTiger tiger 10,0 1,5 2,5\n",
    "the name of a relation": b"w1\tw2\trelation\ts\ntiger\tcat\tcohyponym\t7.35\n"
    b"Tiger\ttiger\tsynonym\t10\n",
}


@pytest.mark.parametrize("data", LAYOUTS.values(), ids=LAYOUTS)
def test_word_pairs_are_read_in_any_layout(tmp_path, data):
    path = tmp_path / "pairs"
    path.write_bytes(data)
    found = read_benchmark(path)
    assert isinstance(found, WordPairs)
    assert found.pairs == TIGERS
    assert found.scores.tolist() == [7.35, 10]


CONTEXT = 'he said "in <b> it </b> , as it was"'


@pytest.mark.parametrize(
    "line",
    [
        f"{{n}}\t{{a}}\t{{tag}}\t{{b}}\t{{tag}}\t{CONTEXT}\t{CONTEXT}\t{{s}}\t9\t0\n",  # SCWS
        "{a}\t{tag}\t{b}\t{tag}\t{s}\n",
        "{a} {tag} {b} {s}\n",
    ],
)
@pytest.mark.parametrize("titles", [False, True])
def test_a_part_of_speech_after_the_first_word_is_no_word(tmp_path, line, titles):
    pairs = [(f"word{n}", f"other{n % 30}") for n in range(40)]
    fields = [
        {"n": n, "a": a, "b": b, "tag": "nva"[n % 3], "s": n / 8} for n, (a, b) in enumerate(pairs)
    ]
    names = {"n": "id", "a": "word1", "b": "word2", "tag": "POS", "s": "score"}
    path = tmp_path / "pairs"
    path.write_text("".join(line.format(**row) for row in [names] * titles + fields))
    found = read_benchmark(path)
    assert found.pairs == pairs
    assert found.scores.tolist() == [n / 8 for n in range(40)]


def test_a_second_word_may_be_one_of_a_few(tmp_path):
    path = tmp_path / "pairs"
    path.write_text("".join(f"word{n}\tfruit\tN\ta sentence {n}\t{n}\n" for n in range(40)))
    assert set(read_benchmark(path).pairs) == {(f"word{n}", "fruit") for n in range(40)}
    # Too few rows to tell; too many different words for parts of speech.
    for rows, different in ((10, 3), (24, 6), (150, 25)):
        lines = (f"word{n}\tother{n % different}\tnote{n}\t{n}\n" for n in range(rows))
        path.write_text("".join(lines))
        assert read_benchmark(path).pairs[7] == ("word7", f"other{7 % different}")


def test_a_phrase_between_tabs_is_one_word(tmp_path):
    path = tmp_path / "pairs"
    path.write_text("New York\tcity\t7\n1990\t1991\t9\n")
    assert read_benchmark(path).pairs == [("New York", "city"), ("1990", "1991")]
    path.write_text("New York\tcity\t7\nLos Angeles\ttown\t9\n")  # also four words by spaces
    assert read_benchmark(path).pairs == [("New York", "city"), ("Los Angeles", "town")]


def test_words_may_be_numbers_and_quotes(tmp_path):
    path = tmp_path / "pairs"
    path.write_text("1 2 0.5 3\n1 7 0.25 4\n")
    assert read_benchmark(path).pairs == [("1", "2"), ("1", "7")]
    path.write_text(",a,b,s\n0,12,17,0.5\n1,12,3,0.25\n")
    assert read_benchmark(path).pairs == [("12", "17"), ("12", "3")]
    path.write_text('"a" "b" "s"\n"1" "12" "17" 0.5\n"2" "12" "3" 0.25\n')  # R numbers the rows
    assert read_benchmark(path).pairs == [("12", "17"), ("12", "3")]
    path.write_text('city, "New York, N.Y.", 5\nhi, hello, 6\n')
    assert read_benchmark(path).pairs == [("city", "New York, N.Y."), ("hi", "hello")]
    path.write_text('"\tinch\t5\n5"\t5\'\t6\n')
    assert read_benchmark(path).pairs == [('"', "inch"), ('5"', "5'")]
    path.write_text('"New York, N.Y.",city,5\n"say ""hi""",hello,6\n')
    assert read_benchmark(path).pairs == [("New York, N.Y.", "city"), ('say "hi"', "hello")]


def test_analogies_are_read_by_section(tmp_path):
    path = tmp_path / "analogies"
    path.write_bytes(
        b"# Google's\r\n: capitals\r\nAthens Greece  Oslo\tNorway\r\n: none\n:gram1\na b c d\n"
    )
    found = read_benchmark(path)
    assert isinstance(found, Analogies)
    assert found.questions == [("Athens", "Greece", "Oslo", "Norway"), ("a", "b", "c", "d")]
    assert found.sections == [("capitals", 0, 1), ("none", 1, 1), ("gram1", 1, 2)]


def test_analogies_without_sections_are_one_section_without_a_name(tmp_path):
    path = tmp_path / "analogies"
    path.write_text("good better rough rougher\nbad worse ill iller\n")
    assert read_benchmark(path).sections == [("", 0, 2)]


BATS = "able\tunable\nacceptable\tunacceptable\nknown\tunknown/unheard\n"


def test_a_relation_asks_for_each_pair_with_the_help_of_every_other(tmp_path):
    path = tmp_path / "D01 [un+adj_reg].txt"
    path.write_text(BATS)
    found = read_benchmark(path)
    assert found.questions == [
        ("able", "unable", "acceptable", "unacceptable"),
        ("able", "unable", "known", "unknown", "unheard"),
        ("acceptable", "unacceptable", "able", "unable"),
        ("acceptable", "unacceptable", "known", "unknown", "unheard"),
        ("known", "unknown", "able", "unable"),
        ("known", "unknown", "acceptable", "unacceptable"),
    ]
    assert found.sections == [("D01 [un+adj_reg]", 0, 6)]


def test_a_folder_of_relations_is_one_benchmark(tmp_path):
    for name, text in (("2_D/D01.txt", BATS), ("1_I/I02.txt", "a b\nc d\n"), ("about.md", "?")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = read_benchmark(tmp_path)
    assert found.sections == [("1_I/I02", 0, 2), ("2_D/D01", 2, 8)]
    (tmp_path / "1_I/I02.txt").write_text("a b\nc d e\n")
    with pytest.raises(W2VError, match=r"I02\.txt:2: expected two words, as in the other lines"):
        read_benchmark(tmp_path)


def test_edges_of_a_graph_are_no_relation(tmp_path):
    path = tmp_path / "edges.txt"
    path.write_text("".join(f"{node} {node + 1}\n" for node in range(1001)))
    with pytest.raises(W2VError, match=r"1,001 pairs of words without scores; expected a third"):
        read_benchmark(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty, expected pairs of words with scores, or analogies"),
        (b"# only\n\n", "empty, expected pairs of words with scores, or analogies"),
        (
            b"king queen\n",
            "1: expected two words and a score, or `: section` and four words a line, "
            "found 'king queen'",
        ),
        (b"#\n\na b 1\na b\n", "4: expected two words and a score, found 'a b'"),
        (
            b"der 0,1 0,2 0,3\nof 0,4 0,5 0,6\n",
            "1: expected two words and a score, not a word and its vector, found 'der 0,1 0,2 0,3'",
        ),
        (b"a b 1\na b nan\n", "2: expected two words and a score, found 'a b nan'"),
        (b"a b 1\na b 1e999\n", "2: expected two words and a score, found 'a b 1e999'"),
        (b"a b 1\na b inf\n", "2: expected two words and a score, found 'a b inf'"),
        (b"a\tb\t1\n\tb\t1\n", "2: expected two words and a score, found '\\tb\\t1'"),
        (b"a b 1\n\xff b 1\n", "2: expected UTF-8, found b'\\xff b 1'"),
        (b": s\na b c d\na b c\n", "3: expected four words, or `: section`, found 'a b c'"),
        (b": s\na b c d e\n", "2: expected four words, or `: section`, found 'a b c d e'"),
    ],
)
def test_what_is_wrong_names_the_line(tmp_path, data, message):
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(W2VError) as caught:
        read_benchmark(path)
    assert str(caught.value).removeprefix(f"{path}:").strip() == message


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(W2VError, match=r"nothing: cannot be read: no such file or directory"):
        read_benchmark(tmp_path / "nothing")
    with pytest.raises(W2VError, match=r"a folder without \.txt files, expected relations"):
        read_benchmark(tmp_path)
