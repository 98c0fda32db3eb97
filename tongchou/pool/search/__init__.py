"""Search: people, enterprises and places by Chinese words, pinyin, initials, and with a slip in them.

Terms
    feature   one way a value can be found (`features`): the whole, a part, how it sounds, its first letters, it with
              one character left out. Stored as a keyed token (`keyed`): the index tells no name to whoever copies it.
    entry     what the index holds of one value of one subject: its tokens, and in which fields of which resources the
              value stands. A searcher's grants are a filter over those fields: what they may not use is not found,
              not counted, and moves nobody up or down.
    asked     a query read once: its words, the birth in it, the features looked for (`asked`).
    proposal  a subject the index names for a query. Whether it is found, and how like, is decided in `likeness` on the
              values the searcher may use, in their document, record by record.

Invariants
    The index is derived from logs and links (`making`), and made anew whenever it cannot be trusted; `tongchou link`
    follows the subjects that changed. What it stands for is committed with it.
    No name, address or birth date lies in its files as plain text.
Start reading at `features`, then `asked` and `likeness`.
"""
