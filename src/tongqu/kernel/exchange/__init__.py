"""共享 The governed data exchange: catalogue, application, grant, gateway, backflow, quality. Not built yet.

May touch: foundation and every kernel room. It will implement the FactSource port of `standards`.
"""
