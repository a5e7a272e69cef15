"""What Callwright knows: resources, their fields, errors and the routing rules. Pure."""
