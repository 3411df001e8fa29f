#include <stdio.h>

int main(void)
{
	puts("loligo " LG_VERSION);
	return 0;
}
