"""Ways in besides the command line: SMTP listener, sendmail drop-in, HTTP API, spool folder.

Owns protocols and who may use them. What is taken on, and what is refused, is
decided in agent.outbound.intake, once for all of them. Must not send, and must
not read the configuration.
"""
