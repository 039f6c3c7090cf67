"""From the configuration to the plain values that everything below gets.

One room for each part of the configuration. Each owns its translation, secrets
included, and nothing else: no decision is taken here. Each imports late, since a
command needs only a few of these.
"""
