/* SPDX-License-Identifier: BSD-3-Clause */
/* One line per figure, appended in a single write: many programs share the file. */
#include "support/report.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void test_report(const char *figure, unsigned long number)
{
	const char *path = getenv("QPAS_TEST_REPORT");
	char line[80];
	int length, fd;

	if (!path)
		return;
	length = snprintf(line, sizeof(line), "%s %lu\n", figure, number);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || length < 0 || (size_t)length >= sizeof(line) ||
	    write(fd, line, (size_t)length) != length)
		perror(path);
	if (fd >= 0)
		(void)close(fd);
}
