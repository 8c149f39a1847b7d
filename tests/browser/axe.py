"""Whether axe finds fault with a page."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
# Contrast is four fifths of axe's work and the same in every row of a list: it is measured once
# for all elements whose tags, classes and styles are alike, their own and those of all around them.
RUN = """
async () => {
    const STYLES = ['color', 'backgroundColor', 'backgroundImage', 'opacity', 'fontSize',
        'fontWeight', 'textShadow', 'display', 'visibility'];
    const numbers = new Map();
    const looks = new Map();
    const first = [];
    for (const element of document.querySelectorAll('*')) {
        const style = getComputedStyle(element);
        const look = [looks.get(element.parentElement), element.localName,
            element.getAttribute('class'), element.matches(':disabled, [aria-disabled=true]'),
            ...STYLES.map(name => style[name])].join('|');
        if (!numbers.has(look)) {
            numbers.set(look, numbers.size);
            first.push(element);
        }
        looks.set(element, numbers.get(look));
    }
    for (const element of first) element.setAttribute('data-first', '');
    axe.configure({rules: [{id: 'color-contrast', selector: '[data-first]'}]});
    const found = await axe.run({resultTypes: ['violations']});
    for (const element of first) element.removeAttribute('data-first');
    return [found.violations, document.documentElement.scrollWidth - window.innerWidth];
}
"""


def check(page: Page) -> None:
    """Let axe look at the page, and see that nothing hangs over its right edge."""
    page.evaluate(AXE)
    found: list[dict[str, Any]]
    found, wide = page.evaluate(RUN)
    words = [f"{v['id']}: {[n['html'][:120] for n in v['nodes'][:3]]}" for v in found]
    assert words == [], f"{page.url}: {words}"
    assert wide <= 0, f"{page.url} is {wide} px too wide"
