"""How much two colours stand out from each other, for the tests of figures."""

from matplotlib.colors import to_rgb


def contrast(color, other):
    """By the definition of the Web Content Accessibility Guidelines, in a loop."""
    lights = []
    for one in (color, other):
        light = 0
        for part, weight in zip(to_rgb(one), (0.2126, 0.7152, 0.0722), strict=True):
            linear = (
                part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            )
            light += weight * linear
        lights.append(light + 0.05)
    return max(lights) / min(lights)
