"""The house put together: settings, URLs, the WSGI entry. Imports every floor; nothing imports it."""
