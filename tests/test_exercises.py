"""Each check accepts right answers of any style and says why a wrong one is wrong."""

import numpy as np
import pandas as pd
import pytest

from collab import exercises


def nearest(vectors, k):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit[k]
    cosines[k] = -np.inf
    return cosines.argmax()


def nearest_in_a_loop(vectors, k):
    def cosine(j):
        a, b = vectors[k], vectors[j]
        return a @ b / np.sqrt((a @ a) * (b @ b))

    return max((j for j in range(len(vectors)) if j != k), key=cosine)


def stretch(users, movies, factor):
    scale = np.array([factor, *[1.0] * (users.shape[1] - 1)])
    return users * scale, movies / scale


def stretch_in_place(users, movies, factor):
    users[:, 0] *= factor
    movies[:, 0] /= factor
    return users, movies


def best_unseen(scores, seen, n):
    left = scores.drop(list(seen)).sort_index()
    return left.sort_values(ascending=False, kind="stable").index[:n]


def best_unseen_in_a_loop(scores, seen, n):
    order = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [movie for movie, _ in order if movie not in seen][:n]


def ridge(X, y, damping):
    return np.linalg.solve(X.T @ X + damping * np.eye(X.shape[1]), X.T @ y)


def ridge_by_more_rows(X, y, damping):
    n = X.shape[1]
    more = np.vstack([X, np.sqrt(damping) * np.eye(n)])
    return np.linalg.lstsq(more, np.append(y, np.zeros(n)))[0]


RIGHT = [
    ("nearest", nearest),
    ("nearest", nearest_in_a_loop),
    ("stretch", stretch),
    ("stretch", stretch_in_place),
    ("centre", lambda mean, bias: (mean + bias.mean(), bias - bias.mean())),
    ("best_unseen", best_unseen),
    ("best_unseen", best_unseen_in_a_loop),
    ("hit_rate", lambda of, seen: np.mean([bool({*of[u]} & {*seen[u]}) for u in of])),
    ("ridge", ridge),
    ("ridge", ridge_by_more_rows),
]


# Broken on purpose -------------------------------------------------------------------


WRONG = [
    ("nearest", lambda v, k: k, "leave the row itself out"),
    ("nearest", lambda v, k: int((v @ v[k]).argmax()), "the angle counts"),
    ("nearest", lambda v, k: 2 if k == 0 else 0, "expected"),
    (
        "nearest",
        lambda v, k: int(np.argsort(np.linalg.norm(v - v[k], axis=1))[1]),
        "18 degrees",
    ),
    ("stretch", lambda u, m, f: (u, m), "the first column times 4"),
    ("stretch", lambda u, m, f: (u * [f, 1], m), "the movies have to lose"),
    ("stretch", lambda u, m, f: (u * [f, 1], m / f), "in the same column"),
    ("stretch", lambda u, m, f: (u * [f, 1], m / [1, f]), "in the same column"),
    ("centre", lambda mean, bias: bias - bias.mean(), "two things"),
    ("centre", lambda mean, bias: (mean, bias), "expected 0"),
    ("centre", lambda mean, bias: (mean, bias - bias.mean()), "add to the mean"),
    (
        "centre",
        lambda mean, bias: (mean - bias.mean(), bias - bias.mean()),
        "add to the mean",
    ),
    ("best_unseen", lambda s, seen, n: list(s.nlargest(n).index), "none of the seen"),
    ("best_unseen", lambda s, seen, n: list(s.drop(seen).index[:n]), "highest"),
    (
        "best_unseen",
        lambda s, seen, n: best_unseen_in_a_loop(s, seen, n)[::-1],
        "highest scores first",
    ),
    (
        "hit_rate",
        lambda of, seen: sum(len({*of[u]} & {*seen[u]}) for u in of) / len(of),
        "count once",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean(
            [bool({*a} & {*b}) for a, b in zip(of.values(), seen.values(), strict=True)]
        ),
        "match users by id",
    ),
    ("ridge", lambda X, y, d: np.linalg.lstsq(X, y)[0], "expected [0.6]"),
    ("ridge", lambda X, y, d: ridge(X, y, d**2 / 2), "the slope of the sum"),
    ("ridge", lambda X, y, d: ridge(X, y, d)[:1], "has the shape"),
]


def check(name):
    return getattr(exercises, f"check_{name}")


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_passes(name, answer, capsys):
    check(name)(answer)
    assert capsys.readouterr().out == f"{name}: correct.\n"


@pytest.mark.parametrize(("name", "answer", "reason"), WRONG)
def test_a_wrong_answer_is_told_why(name, answer, reason, capsys):
    with pytest.raises(AssertionError) as caught:
        check(name)(answer)
    assert reason in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", sorted({name for name, _ in RIGHT}))
def test_a_forgotten_return_and_a_call_are_named(name):
    with pytest.raises(AssertionError, match="return"):
        check(name)(lambda *args: None)
    with pytest.raises(AssertionError, match="pass the function itself"):
        check(name)(3.0)


def test_there_is_a_check_for_every_right_answer():
    checks = {name[6:] for name in dir(exercises) if name.startswith("check_")}
    assert checks == {name for name, _ in RIGHT}


def test_a_series_of_ids_may_come_back_as_an_index():
    exercises.check_best_unseen(lambda s, seen, n: pd.Index(best_unseen(s, seen, n)))
