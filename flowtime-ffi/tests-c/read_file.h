/* A whole file with a NUL behind it, for the caller to free. */
#ifndef READ_FILE_H
#define READ_FILE_H

#include "expect.h"

static inline char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text;
    long size;
    EXPECT(file != NULL);
    EXPECT(fseek(file, 0, SEEK_END) == 0);
    size = ftell(file);
    EXPECT(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
    text = malloc((size_t)size + 1);
    EXPECT(text != NULL && fread(text, 1, (size_t)size, file) == (size_t)size);
    text[size] = 0;
    *length = (size_t)size;
    EXPECT(fclose(file) == 0);
    return text;
}

#endif
