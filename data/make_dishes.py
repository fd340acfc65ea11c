"""Make dishes.csv: a small table of another kind than MovieLens, all of it made up.

    uv run python data/make_dishes.py

Sixty people rate forty dishes from 1 to 10. There is no header; a semicolon divides the
four columns person, dish, mark and day (day/month/year); people and dishes have names
in place of numbers. A mark is made of what the dish is like, how hard to please the
person is, and how sweet and how hot both are; the rest is chance.
"""

from pathlib import Path

import numpy as np
import pandas as pd

# How sweet and how hot: -1 … 1; and how good for anybody, in marks.
DISHES = """
Apple pie, 0.9, -0.6, 0.8 | Baklava, 1.0, -0.4, 0.2 | Bibimbap, -0.2, 0.4, 0.5
Borscht, -0.1, -0.5, -0.3 | Bouillabaisse, -0.6, -0.2, 0.2
Caesar salad, -0.5, -0.6, 0.1 | Cheesecake, 0.9, -0.7, 0.7
Chicken tikka, -0.3, 0.6, 0.8 | Chili con carne, -0.4, 0.9, 0.5
Chocolate mousse, 1.0, -0.5, 0.9 | Churros, 0.8, -0.4, 0.3
Crème brûlée, 0.9, -0.7, 0.6 | Dal, -0.3, 0.4, 0.2 | Dumplings, -0.4, 0.1, 0.6
Falafel, -0.5, 0.2, 0.4 | Fish and chips, -0.6, -0.5, 0.1 | Gazpacho, -0.4, -0.1, -0.4
Goulash, -0.5, 0.4, 0.3 | Gumbo, -0.5, 0.6, 0.1 | Jerk chicken, -0.2, 1.0, 0.3
Kimchi stew, -0.5, 0.9, -0.1 | Laksa, -0.2, 0.8, 0.4 | Lasagne, -0.5, -0.4, 0.9
Mango sticky rice, 0.9, -0.2, 0.5 | Mapo tofu, -0.4, 1.0, 0.2
Moussaka, -0.5, -0.3, 0.4 | Mushroom risotto, -0.5, -0.5, 0.3
Pad thai, 0.2, 0.3, 0.6 | Paella, -0.5, 0.0, 0.6 | Pancakes, 0.8, -0.6, 0.6
Pho, -0.4, 0.2, 0.6 | Pizza, -0.4, -0.1, 1.0 | Ramen, -0.4, 0.3, 0.8
Sauerbraten, 0.1, -0.4, -0.2 | Shakshuka, -0.4, 0.4, 0.4 | Tacos, -0.3, 0.6, 0.8
Tagine, 0.2, 0.2, 0.3 | Tiramisu, 0.9, -0.5, 0.9 | Tom yum, -0.3, 0.9, 0.4
Vindaloo, -0.3, 1.0, 0.0
"""
PEOPLE = """
Ada Aiko Amir Ana Anouk Aram Bea Bela Bo Carla Chidi Cleo Dara Dev Dina Eda Eli Emre
Esra Femi Finn Gia Goran Hana Hugo Ida Ines Ivan Jana Jin Jonas Kai Kim Kofi Lara Leo
Lin Lucía Maja Malik Mei Mila Nadia Nils Noor Olga Omar Paul Pia Ravi Rosa Samir Sven
Tara Tomás Uma Vera Wen Yara Zoë
"""


def make():
    """The table, in the order in which the marks were given."""
    rng = np.random.default_rng(2026)
    rows = [dish.split(", ") for dish in DISHES.strip().replace("\n", "|").split("|")]
    names = [name.strip() for name, *_ in rows]
    sweet, hot, good = np.array([row[1:] for row in rows], dtype="float64").T
    people = PEOPLE.split()
    pleased = rng.normal(0, 0.9, len(people))
    likes = rng.normal(0, 1.3, (len(people), 2))
    first = pd.Timestamp("2025-01-06")
    table = []
    for k, person in enumerate(people):
        for dish in rng.choice(len(names), rng.integers(10, 25), replace=False):
            taste = likes[k] @ [sweet[dish], hot[dish]]
            mark = 6.4 + pleased[k] + good[dish] + taste + rng.normal(0, 0.9)
            day = first + pd.Timedelta(days=int(rng.integers(0, 400)))
            table.append((day, person, names[dish], int(np.clip(round(mark), 1, 10))))
    table = pd.DataFrame(table, columns=["day", "person", "dish", "mark"])
    return table.sort_values(["day", "person", "dish"], ignore_index=True)


if __name__ == "__main__":
    table = make()
    table["day"] = table["day"].dt.strftime("%d/%m/%Y")
    path = Path(__file__).parent / "dishes.csv"
    table[["person", "dish", "mark", "day"]].to_csv(
        path, sep=";", header=False, index=False, lineterminator="\n"
    )
    print(f"{path.name}: {len(table):,} marks")
