import av.logging

from answerprint.film import decoder_log


def test_a_block_hears_only_its_own_errors_however_often_they_repeat() -> None:
    with decoder_log.errors() as first:
        for _ in range(3):
            av.logging.log(av.logging.ERROR, "decoder", "the same")
    with decoder_log.errors() as second:
        av.logging.log(av.logging.ERROR, "decoder", "another")
    assert [text for _, _, text in first] == ["the same"] * 3
    assert [text for _, _, text in second] == ["another"]


def test_settings_of_the_log_are_put_back() -> None:
    before = av.logging.get_level(), av.logging.get_skip_repeated()
    with decoder_log.errors():
        pass
    assert (av.logging.get_level(), av.logging.get_skip_repeated()) == before
