// The files of Alarms/ as they stood when the binary was built.

#ifndef TRAILWATCH_SHIPPED_H
#define TRAILWATCH_SHIPPED_H

/// Number of files, in byte order of their names.
int shipped_file_count(void);

/// The name of file `index`, which must be below the count; it lives as long as the process.
const char * _Nonnull shipped_file_name(int index);

/// The text of file `index`, UTF-8 with a zero at its end.
const char * _Nonnull shipped_file_text(int index);

#endif
