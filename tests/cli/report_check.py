"""Judges a report.html: report_check.py FILE says what is wrong with it, and ends with 1 then.

report_check.py --command FILE prints the command that it names; --measured FILE prints the page with a
script that measures it."""
import html.parser
import re
import sys
import xml.etree.ElementTree as tree

XHTML = "{http://www.w3.org/1999/xhtml}"
ELEMENTS = {"html", "head", "meta", "link", "title", "style", "body", "main", "h1", "h2", "h3", "p", "pre", "div",
            "b", "span", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure",
            "figcaption", "img", "details", "summary", "footer"}
VOID = {"meta", "link", "img"}
# Everything that could make a browser fetch, run or go somewhere.
FETCHING = {"src", "href", "srcset", "action", "data", "poster", "background", "ping", "formaction"}

# What each page must have, by its title.
HEADINGS = {
    "A training": ["Epochs", "Test", "Settings", "Reproduce"],
    "An experiment": ["layers", "Fixed settings", "Reproduce"],
    "A study of fully connected networks": [
        "The author's claims", "The images", "1. epochs", "2. layers", "3. nodes", "4. batch-size", "5. lr",
        "6. activation", "7. loss", "8. optimizer", "The final run", "Reproduce"],
}

MEASURE = """<script>
for (const details of document.querySelectorAll('details')) details.open = true;
const widest = Math.max(innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth);
const scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
console.log('measured ' + widest + ' of ' + innerWidth + ', ' + scheme);
</script>"""


class Html(html.parser.HTMLParser):
    """Follows the tags as HTML has them: each closed by its own."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        elif not self.get_starttag_text().endswith("/>"):
            self.wrong.append(f"<{tag}> is not closed")

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at line {self.getpos()[0]} closes something else")


def judge(text):
    wrong = []
    root = tree.fromstring(text)  # strict: raises on the first fault
    page = Html()
    page.feed(text)
    page.close()
    wrong += page.wrong + [f"<{tag}> is never closed" for tag in page.open]
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    if len(ids) != len(set(ids)):
        wrong.append("ids are not unique")
    for element in root.iter():
        name = element.tag
        if name.startswith(XHTML):
            if name[len(XHTML):] not in ELEMENTS:
                wrong.append(f"<{name}>")
        else:
            wrong.append(f"<{name}>")
        for key, value in element.attrib.items():
            if key.startswith("on"):
                wrong.append(f"{name} has {key}")
            if key in FETCHING and not value.startswith("data:"):
                wrong.append(f"{name} fetches {value}")
            if re.search(r"url\(|javascript:", value):
                wrong.append(f"{name}: {key} is {value}")
    for style in root.iter(XHTML + "style"):
        if re.search(r"url\(|@import|http", style.text):
            wrong.append("the style fetches something")
    for table in root.iter(XHTML + "table"):
        columns = len(table.findall(f"./{XHTML}thead/{XHTML}tr/{XHTML}th"))
        for row in table.iter(XHTML + "tr"):
            if len(row) != columns:
                wrong.append(f"a row of {len(row)} cells below {columns} heads")
    for heading in HEADINGS[root.find(f".//{XHTML}h1").text]:
        if heading not in [h.text for h in root.iter(XHTML + "h2")]:
            wrong.append(f"no heading \"{heading}\"")
    return wrong


def main():
    with open(sys.argv[-1], encoding="utf-8") as file:
        text = file.read()
    if sys.argv[1] == "--command":
        print(tree.fromstring(text).find(f".//{XHTML}pre").text)
    elif sys.argv[1] == "--measured":
        text = re.sub(r"<meta http-equiv[^>]*>", "", text)
        print(text.replace("</body>", MEASURE + "</body>"))
    else:
        wrong = judge(text)
        for line in wrong:
            print(line)
        sys.exit(bool(wrong))


main()
