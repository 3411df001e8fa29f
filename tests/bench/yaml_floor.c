/* yaml_floor.c - the floor of `check`: libyaml alone reads the file, event by event.
   usage: yaml_floor FILE; prints "yaml: N events, N us CPU". */
#include <stdio.h>
#include <time.h>
#include <yaml.h>

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
	yaml_parser_t parser;
	yaml_event_t event;
	long long events = 0;
	int end = 0;

	if (f == NULL || !yaml_parser_initialize(&parser))
		return 2;
	yaml_parser_set_input_file(&parser, f);
	while (!end) {
		if (!yaml_parser_parse(&parser, &event))
			return 1;
		end = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		events++;
	}
	yaml_parser_delete(&parser);
	fclose(f);
	printf("yaml: %lld events, %lld us CPU\n", events, now_us());
	return 0;
}
