"""The rights of persons (F17-F20, G5): export, rectify, restrict, erase. docs/privacy.md says what each reaches."""
