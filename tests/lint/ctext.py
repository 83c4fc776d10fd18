# SPDX-License-Identifier: BSD-3-Clause
"""Small C text helpers that the checks share: blanking of comments and literals, functions."""
import re

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def _blank(match):
    text = match.group(0)
    if text.startswith("/"):
        return re.sub(r"[^\n]", " ", text)
    return text[0] + " " * (len(text) - 2) + text[0]


def blank(text):
    """The text with comments and the contents of literals replaced by spaces, lines kept."""
    return TOKEN.sub(_blank, text)


def comment_share(text):
    """Share of the non-blank lines that are comment only."""
    code = blank(text).splitlines()
    lines = [(raw, kept) for raw, kept in zip(text.splitlines(), code) if raw.strip()]
    comments = sum(1 for _, kept in lines if not kept.strip())
    return comments / len(lines) if lines else 0.0


class Function:
    """A function definition: name, first line, number of lines, parameters, complexity."""

    def __init__(self, name, line, lines, parameters, complexity):
        self.name = name
        self.line = line
        self.lines = lines
        self.parameters = parameters
        self.complexity = complexity


def _parameters(text):
    """Number of parameters in the text between the outer parentheses."""
    depth = count = 0
    if text.strip() in ("", "void"):
        return 0
    for char in text:
        depth += (char == "(") - (char == ")")
        count += char == "," and depth == 0
    return count + 1


def _complexity(body):
    """Decisions plus one. A switch counts once, however many cases: a table is no maze."""
    words = len(re.findall(r"\b(?:if|for|while|switch)\b", body))
    return 1 + words + body.count("&&") + body.count("||") + body.count("?")


def functions(text):
    """All function definitions of a file in kernel style: braces of a body stand in column 0."""
    code = re.sub(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  blank(text))
    found = []
    for match in re.finditer(r"(?m)^([A-Za-z_][^;{}=]*?\b(\w+)\s*\(([^;{}]*)\)[^;{}()=]*)\n\{(.*?)^\}",
                             code, re.S):
        head, name, parameters, body = match.groups()
        first = code.count("\n", 0, match.start()) + 1
        lines = head.count("\n") + body.count("\n") + 2
        found.append(Function(name, first, lines, _parameters(parameters), _complexity(body)))
    return found
