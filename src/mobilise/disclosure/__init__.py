"""The wall: the only way from the personal plane to the open one."""
