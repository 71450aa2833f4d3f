"""Renders the templates and snippets of this folder with Transformers' own renderer.

    python make_goldens.py        # rewrites goldens.json and versions.json beside it

Needs: transformers, jinja2 (the versions used are in versions.json).
"""
import json
import pathlib
import sys

import jinja2
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template, render_jinja_template

HERE = pathlib.Path(__file__).parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def turn(role, content):
    return {"role": role, "content": content}


CONVERSATIONS = {
    "one": [turn("user", "Hi")],
    "pair": [turn("user", "What is 2+2?"), turn("assistant", "It is 4.")],
    "system": [turn("system", " Be brief.\n"), turn("user", "Grüße 😀"), turn("assistant", "  Grüße!\n\n")],
    "long": [
        turn("system", "Answer as JSON {\"a\": 1}"),
        turn("user", "One\n  two {{ not code }} {% if %}"),
        turn("assistant", "first"),
        turn("user", "<tool>x</tool>"),
        turn("assistant", "<think>\nhm\n</think>\n\nsecond"),
        turn("user", "and?"),
        turn("assistant", "<think>\nhm hm\n</think>\n\nthird \\n \"quoted\""),
    ],
    "wrong-order": [turn("assistant", "I begin"), turn("user", "no")],
}

SNIPPETS = [
    # white space
    "a\n  {% if true %}\n  b\n  {% endif %}\nc\n",
    "a\n  {%- if true -%}\n  b\n  {%- endif -%}\nc\n",
    "a {% if true %} b {% endif %} c",
    "  {% if true %}x{% endif %}\n\n y",
    "x {#- note -#}  y\n  {# note #}\nz {# note #} w",
    "a\n  {{ 1 }}\n  {{- 2 -}}  \n b",
    "{% if true +%}\nkept{% endif %}",
    "  {%+ if true %}kept{% endif %}",
    "{% for i in [1,2] %}\n  {{ i }}\n{% endfor %}\nend",
    "{% if true %}\n{% if true %}\n  {% set x = 1 %}\n{{ x }}{% endif %}{% endif %}",
    "one\r\ntwo\r\n",
    "\n\n{{ 'a' }}\n\n",
    "{{ '}}' }}{{ '%}' }}{{ {'a': {'b': 1}} }}",
    "{% set x = {'a': {}} %}{{ x }}",
    # values
    "{{ none }} {{ true }} {{ false }} {{ 1.0 }} {{ 1.5 }} {{ [1, 'a', None] }} {{ {'k': 'it''s', 2: 1.25} }} {{ missing }}",
    "{{ 'it\\'s' }} {{ \"a\\tb\\u00fc\\x41\" }} {{ 'a' 'b' }} {{ ['it\\'s', 'say \"x\"', 'a\\nb'] }}",
    "{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 5 }} {{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ -2 + 1 }}",
    "{{ 1 ~ 'a' ~ none ~ true ~ 2.0 }} {{ 'a' + 'b' * 3 }} {{ 1 == 1.0 }} {{ 'a' < 'b' }} {{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }}",
    "{{ 'b' in 'abc' }} {{ 4 not in [1, 2] }} {{ 'k' in {'k': 1} }} {{ not 1 }} {{ 0 or 'x' }} {{ '' and 'y' }} {{ 'x' in missing }}",
    "{{ 'a' if true else 'b' }}{{ 'c' if false }}{{ 'd' if false else 'e' if false else 'f' }}",
    "{{ [1,2,3,4][1:3] }} {{ [1,2,3][::-1] }} {{ 'hello'[1:] }} {{ 'hello'[-3:] }} {{ 'hello'[::-1] }} {{ [1,2,3][-1] }} {{ [1,2,3,4,5][4:1:-2] }} {{ 'grüß😀'[3:] }}",
    "{{ [1,2][5] }} {{ {'a': 1}.b }} {{ {'a': 1}['b'] is defined }} {{ 'ab'[0] }} {{ 'ab'.0 }}",
    "{{ {'items': 1, 'b': 2}['items'] }} {{ {'b': 2}.get('x', 3) }} {{ {'b': 2}.get('x') }} {{ {'b': 2}.keys() | list }}",
    # loops and scopes
    "{% for x in 'abc' %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ x }} {% endfor %}",
    "{% set x = 1 %}{% for i in [1,2] %}{% set x = i + 10 %}{{ x }}{% endfor %}{{ x }}",
    "{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}",
    "{% set ns = namespace(n=0, s='') %}{% for i in range(5) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
    "{% for a, b in [[1, 2], [3, 4]] %}{{ a }}-{{ b }} {% endfor %}{% for k, v in {'x': 1}.items() %}{{ k }}{{ v }}{% endfor %}",
    "{% for i in range(10) if i % 2 %}{% if i == 7 %}{% break %}{% endif %}{% if i == 3 %}{% continue %}{% endif %}{{ i }}{{ loop.index }} {% endfor %}",
    "{% for i in [] %}x{% else %}none{% endfor %}{% for i in missing %}x{% else %}none{% endfor %}",
    "{% for i in [1,2,3] %}{{ loop.previtem if loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% macro m(a, b='x') %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}",
    "{% set x %}  a {{ 1 }}\n{% endset %}<{{ x }}>{{ x | length }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set a, b = b, a %}{{ a }}{{ b }}",
    # filters, tests, methods
    "{{ '  x ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ 'a b' | title }}|{{ 'aB' | upper }}|{{ 'aB' | lower }}|{{ 'aB' | capitalize }}",
    "{{ [3,1,2] | sort }} {{ [1,2] | first }} {{ [1,2] | last }} {{ [1,2] | reverse | list }} {{ 'abc' | list }} {{ [1,1,2] | unique | list }}",
    "{{ missing | default('d') }} {{ '' | default('d') }} {{ '' | default('d', true) }} {{ '' | d('d', boolean=true) }} {{ none | default('d') }}",
    "{{ [1,'a'] | join(', ') }} {{ ['a','b'] | join }} {{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a-b' | replace('-', '+') }} {{ 'aaa'.replace('a', 'b', 2) }}",
    "{{ {'a': [1, 2.5, none, true, 'ü\"\\n<&>']} | tojson }} {{ [] | tojson }} {{ {} | tojson }}",
    "{{ {'a': [1, {'b': []}], 'c': {}} | tojson(indent=2) }}",
    "{{ '12' | int + 1 }} {{ 'x' | int }} {{ 3.7 | int }} {{ '1.5' | float }} {{ -3 | abs }} {{ 5 | string + 'a' }} {{ 'abc' | length }} {{ 'grüß😀' | length }}",
    "{{ [{'n': 1, 'on': true}, {'n': 2, 'on': false}, {'n': 3}] | selectattr('on') | map(attribute='n') | list }} {{ [{'n': 1}, {'n': 2}] | selectattr('n', 'gt', 1) | list }} {{ [{'n': 1}, {'n': 2}] | rejectattr('n', 'equalto', 1) | map(attribute='n') | list }} {{ [1,2,3] | select('odd') | list }} {{ ['a','b'] | map('upper') | list }}",
    "{{ 'a\\nb\\n\\nc' | indent }}|{{ 'a\\nb' | indent(2) }}",
    "{{ 1 is number }} {{ 'a' is string }} {{ {} is mapping }} {{ [] is iterable }} {{ 'a' is iterable }} {{ 'a' is sequence }} {{ {} is sequence }} {{ 1 is iterable }} {{ none is none }} {{ x is defined }} {{ x is not defined }} {{ true is boolean }} {{ 1 is true }} {{ 3 is odd }} {{ 4 is divisibleby 2 }} {{ 1 is integer }} {{ 1.0 is float }} {{ 1 is eq 1 }} {{ 2 is in [1, 2] }}",
    "{{ not x is defined and 1 is number }} {{ 1 + 1 is number }} {{ -1 is number }} {{ x is not defined and not false }}",
    "{{ '  a '.strip() }}|{{ 'xxa'.lstrip('x') }}|{{ 'axy'.rstrip('yx') }}|{{ 'abc'.startswith('ab') }}|{{ 'abc'.startswith(('x', 'a')) }}|{{ 'abc'.endswith('c') }}|{{ 'a b c'.title() }}|{{ 'ab'.upper() }}|{{ 'abcabc'.find('c') }}|{{ 'aXbXc'.split('X')[-1] }}|{{ '-'.join(['a', 'b']) }}|{{ 'a\\nb'.splitlines() }}|{{ 'ababa'.count('a') }}|{{ '12'.isdigit() }}",
    "{{ \"they're bill's\" | title }} {{ \"they're\".title() }}",
    "{{ messages[0]['content'] if messages else 'none' }} {{ messages | length > 0 }}",
    "{{ 1e3 }}",
    "{{ 100000000000000000 }} {{ 0.1 + 0.2 }} {{ 1e-7 }} {{ 1 / 3 }}",
    "{{ '%s' }} {{ 'a' 'b' ~ 'c' }} {{ [1, 2,] }} {{ (1, 2) | list }} {{ () | list }} {{ {'a': 1,} }}",
    "{{ [[1, 2], [3]] | map('length') | list }} {% for k, v in {'b': 1, 'a': 2} | dictsort %}{{ k }}{{ v }}{% endfor %} {% for k, v in {'a': 1} | items %}{{ k }}{{ v }}{% endfor %}",
    "{{ 1.5e-3 }} {{ 1_000 }} {{ 2.5E2 }} {{ 1e20 }}",
    # generation marks
    "a{% generation %}b{{ 'c' }}{% endgeneration %}d{% generation %}{% endgeneration %}",
    "{%- for m in ['x', 'y'] %}\n  {%- generation -%}\n  {{ m }}.\n  {%- endgeneration %}\n,{% endfor %}",
    # errors
    "{{ missing.field }}",
    "{{ 1 + 'a' }}",
    "{{ raise_exception('no') }}",
    "{% if %}x{% endif %}",
    "{% if true %}x",
    "{{ 'a",
    "{{ 1 | nosuchfilter }}",
    "{{ nosuchfunction() }}",
    "{% set x = [] %}{{ x.append(1) }}",
    "{{ ''.__class__ }}{{ ''.__class__.__mro__ }}",
    "{{ 1 is nosuchtest }}",
    "{% for a, b in [[1, 2, 3]] %}{% endfor %}",
    "{{ none + 1 }}",
    "{{ 1 // 0 }}",
    "{% endif %}",
]


def rendered(template, messages, **variables):
    try:
        if "generation" in template:
            texts, spans = render_jinja_template(
                [messages], chat_template=template, return_assistant_tokens_mask=True, **variables)
        else:
            texts, spans = render_jinja_template([messages], chat_template=template, **variables)
        return {"text": texts[0], "generations": [list(s) for s in spans[0]] if spans else []}
    except Exception as e:  # whatever Python says, ours must refuse too
        return {"error": type(e).__name__ + ": " + str(e)}


def main():
    cases = []
    for file in sorted((HERE / "templates").glob("*.jinja")):
        template = file.read_text(encoding="utf-8")
        for name, messages in CONVERSATIONS.items():
            for prompt in (False, True):
                _compile_jinja_template.cache_clear() if hasattr(_compile_jinja_template, "cache_clear") else None
                cases.append({"template": file.name, "conversation": name, "add_generation_prompt": prompt}
                             | rendered(template, messages, add_generation_prompt=prompt, **TOKENS))
    snippets = [{"snippet": s} | rendered(s, CONVERSATIONS["pair"], add_generation_prompt=False, **TOKENS)
                for s in SNIPPETS]
    goldens = {"tokens": TOKENS, "conversations": CONVERSATIONS, "cases": cases, "snippets": snippets}
    (HERE / "goldens.json").write_text(json.dumps(goldens, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    versions = {"python": sys.version.split()[0], "jinja2": jinja2.__version__,
                "transformers": transformers.__version__}
    (HERE / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")


main()
