#include "core/io/seams.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static lg_time real_now(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (lg_time)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void real_random(void *ctx, void *bytes, size_t len)
{
	char *p = bytes;

	(void)ctx;
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR)
			die("no random numbers from the system");
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

static ssize_t real_pread(void *ctx, int fd, void *buf, size_t len, off_t at)
{
	ssize_t n;

	(void)ctx;
	do
		n = pread(fd, buf, len, at);
	while (n < 0 && errno == EINTR);
	return n;
}

static int real_close(void *ctx, int fd)
{
	(void)ctx;
	return close(fd);
}

const struct seams seams_real = { NULL, real_now, real_random, real_pread, real_close };
