"""One file per Twilio resource: properties, parameters, filters and operations, declared once."""
