"""Random streams: named, apart from each other, and even."""

from kalshi_tui.practice.chance import Draws, pick, stream


def test_a_stream_depends_on_the_seed_and_its_name_alone() -> None:
    first = [stream(7, "A", "flow").random() for _ in range(3)]
    assert first == [first[0]] * 3
    names = [(7, "A", "flow"), (8, "A", "flow"), (7, "B", "flow"), (7, "A", "news")]
    assert len({stream(seed, *rest).random() for seed, *rest in names}) == len(names)


def test_splitmix_gives_the_published_words() -> None:
    draws = Draws(0)
    assert [draws.word() for _ in range(3)] == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]


def test_draws_are_even_and_stay_in_range() -> None:
    draws = Draws(stream(1, "even").getrandbits(64))
    units = [draws.unit() for _ in range(4_000)]
    assert 0.0 <= min(units) < max(units) < 1.0
    assert abs(sum(units) / len(units) - 0.5) < 0.02
    dice = [draws.below(6) for _ in range(6_000)]
    assert all(abs(dice.count(face) - 1_000) < 150 for face in range(6))
    normal = [draws.normal() for _ in range(4_000)]
    assert abs(sum(normal) / len(normal)) < 0.06
    assert abs(sum(each * each for each in normal) / len(normal) - 1.0) < 0.1


def test_pick_follows_the_shares_of_a_table() -> None:
    table = ((0.25, "a"), (0.75, "b"), (1.0, "c"))
    assert [pick(table, unit) for unit in (0.0, 0.2499, 0.25, 0.7, 0.75, 0.9999)] == list("aabbcc")
    assert pick(table, 1.0) == "c"
