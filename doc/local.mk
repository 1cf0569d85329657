EXTRA_DIST += doc/flow.md doc/ownership.md doc/decisions.md doc/verdicts.md
