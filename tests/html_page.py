"""The elements of a page that the library wrote, for the tests that read it."""

from html.parser import HTMLParser

VOID = {"meta", "br", "input"}


class Page(HTMLParser):
    """The elements of a page with their attributes and the text within."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", "within": list(self.open), **dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append({"tag": tag, "text": "", "within": list(self.open), **dict(attrs)})

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def find(self, tag, css=None, within=None):
        return [
            element
            for element in self.elements
            if element["tag"] == tag
            and (css is None or css in (element.get("class") or "").split())
            and (within is None or any(outer is within for outer in element["within"]))
        ]

    def texts(self, tag, css=None, within=None):
        return [" ".join(each["text"].split()) for each in self.find(tag, css, within)]

    def table(self, name):
        (found,) = [each for each in self.find("table") if each["id"] == name]
        rows = self.find("tr", within=found)
        return [
            [
                cell["text"]
                for cell in self.elements
                if cell["tag"] in {"th", "td"} and any(outer is row for outer in cell["within"])
            ]
            for row in rows
        ]
