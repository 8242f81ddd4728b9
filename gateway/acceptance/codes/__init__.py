"""The rules for codes that Vietnamese administration uses: agencies, dossiers, procedures, people, taxes, results.

Pure functions; ASCII digits and full matches only. Sources are named at each rule.
"""
