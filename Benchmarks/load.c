// A closed loop of SETs over many connections: each connection has one request under way. With `wait` 1, a request is SET and WAIT 1 0 in one
// write, and over when both are answered. Prints one line: requests a second, microseconds at p50 and p99, and errors.
//
//   cc -O2 -o load load.c && ./load PORT CONNECTIONS SECONDS WAIT VALUE_BYTES
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { connections_max = 10000, value_max = 65536, slots = 1 << 22 };

typedef struct {
  int file;
  int lines;        // of the answer that are still to come
  int line_begins;  // the next byte is the first of a line
  uint64_t sent;
} connection;

static connection all[connections_max];
static uint32_t *times;  // microseconds of each request
static char request[value_max + 256];
static char value[value_max];
static int value_bytes, waits;
static uint64_t random_state = 88172645463325252ull;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void send_request(connection *c) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  int length = snprintf(request, sizeof request, "*3\r\n$3\r\nSET\r\n$16\r\nkey:%012llu\r\n$%d\r\n%.*s\r\n%s",
                        (unsigned long long)(random_state % 100000), value_bytes, value_bytes, value,
                        waits ? "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$1\r\n0\r\n" : "");
  c->lines = waits ? 2 : 1;
  c->line_begins = 1;
  c->sent = now();
  // One small request under way for each connection: the socket's buffer has room.
  if (write(c->file, request, (size_t)length) != length) fail("write");
}

static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: load PORT CONNECTIONS SECONDS WAIT VALUE_BYTES\n");
    return 2;
  }
  int port = atoi(arguments[1]), connections = atoi(arguments[2]);
  double seconds = atof(arguments[3]);
  waits = atoi(arguments[4]);
  value_bytes = atoi(arguments[5]);
  if (port < 1 || port > 65535 || connections < 1 || connections > connections_max || seconds <= 0 || value_bytes < 1 || value_bytes > value_max) {
    fprintf(stderr, "load: an argument is out of range\n");
    return 2;
  }
  memset(value, 'x', sizeof value);
  times = malloc(sizeof *times * slots);
  int poll = epoll_create1(0);
  if (!times || poll < 0) fail("load");
  for (int i = 0; i < connections; i++) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    all[i].file = socket(AF_INET, SOCK_STREAM, 0);
    if (all[i].file < 0 || connect(all[i].file, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
    setsockopt(all[i].file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, all[i].file, &event) < 0) fail("epoll_ctl");
  }
  // The first half second is not counted.
  uint64_t begin = now() + 500000, end = begin + (uint64_t)(seconds * 1e6), finished = 0, errors = 0, latest = now();
  for (int i = 0; i < connections; i++) send_request(&all[i]);
  for (;;) {
    struct epoll_event events[512];
    int ready = epoll_wait(poll, events, 512, 1000);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    uint64_t moment = now();
    if (moment >= end) break;
    if (ready > 0) latest = moment;
    if (moment - latest > 10000000) {
      fprintf(stderr, "load: no answer for 10 s\n");
      return 1;
    }
    for (int e = 0; e < ready; e++) {
      connection *c = &all[events[e].data.u32];
      char bytes[4096];
      ssize_t length = read(c->file, bytes, sizeof bytes);
      if (length <= 0) fail("read");
      for (ssize_t i = 0; i < length; i++) {
        if (c->line_begins && (bytes[i] == '-' || (bytes[i] == ':' && i + 1 < length && bytes[i + 1] == '0'))) errors++;
        c->line_begins = bytes[i] == '\n';
        if (bytes[i] != '\n' || --c->lines > 0) continue;
        uint64_t done = now();
        if (done >= begin && done < end) {
          if (finished < slots) times[finished] = (uint32_t)(done - c->sent);
          finished++;
        }
        send_request(c);
        break;
      }
    }
  }
  uint64_t kept = finished < slots ? finished : slots;
  if (kept == 0) {
    fprintf(stderr, "load: no request was answered\n");
    return 1;
  }
  qsort(times, kept, sizeof *times, compare);
  printf("%.0f %u %u %llu\n", (double)finished / seconds, times[kept / 2], times[kept * 99 / 100], (unsigned long long)errors);
  return 0;
}
