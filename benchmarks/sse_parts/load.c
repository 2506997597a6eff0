/* Many streams read by one thread, and the ticks that they carry sent by another.
 *
 *   load PORT PATH STREAMS EACH FEED FEED_PORT RATE WARM SECONDS PIDS
 *
 * Opens EACH connections to each of STREAMS streams (`%d` in PATH is the stream), all on 127.0.0.1. Ticks go to
 * FEED_PORT: FEED `line` sends "STREAM SECONDS\n", `http` posts the finished JSON to /pub/STREAM. RATE is ticks a
 * second over all streams; 0 keeps one tick in flight: the next leaves when all clients have the last. A tick's
 * bid price is the moment at which it was due (CLOCK_MONOTONIC, seconds), so that every event tells its delay.
 * Prints one JSON object; the processor's time is that of PIDS (a,b,...) while measuring.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS 400000 /* of 10 microseconds: four seconds */
#define TOKEN "\"bid_price\":"
#define ENOUGH 40 /* bytes that hold a token and its number */
#define DRAIN 3.0

typedef struct { int fd, open, kept; char tail[ENOUGH]; double last; long seen; } Conn;

static int streams, each, feed, by_http, feed_port;
static double rate;
static volatile int stop;
static volatile long sent, delivered, disordered;
static long histogram[BUCKETS + 1];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) { fprintf(stderr, "load: %s: %s\n", what, strerror(errno)); exit(1); }

static int dial(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  if (connect(fd, (void *)&to, sizeof to)) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static void send_all(int fd, const char *data, size_t size) {
  while (size) {
    ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0) fail("send");
    data += n, size -= n;
  }
}

static int put(char *into, int stream, double due) {
  char body[512];
  if (!by_http) return sprintf(into, "%d %.6f\n", stream, due);
  int n = sprintf(body,
    "{\"type\":\"tick\",\"contract_id\":%d,\"timestamp\":\"2026-01-05T14:30:00.123Z\",\"data\":{\"type\":\"bid_ask\","
    "\"timestamp\":\"2026-01-05 14:30:00\",\"unix_time\":1767623400," TOKEN "%.6f,\"ask_price\":175.26,"
    "\"bid_size\":100.0,\"ask_size\":200.0,\"bid_past_low\":false,\"ask_past_high\":false,\"source\":\"tbt\","
    "\"data_type\":\"LIVE\"}}", stream, due);
  return sprintf(into, "POST /pub/%d HTTP/1.1\r\nHost: l\r\nContent-Type: application/json\r\n"
    "Content-Length: %d\r\n\r\n%s", stream, n, body);
}

static void publish(long ticks, double first, double step) {
  static char out[1 << 16], answers[1 << 16];
  int size = 0;
  for (long i = 0; i < ticks; i++, sent++) size += put(out + size, sent % streams, first + i * step);
  send_all(feed, out, size);
  while (by_http && recv(feed, answers, sizeof answers, MSG_DONTWAIT) > 0) {}
}

static void *feeder(void *unused) {
  double start = now(), step = 1 / rate;
  while (!stop) {
    double due = start + sent * step;
    if (due > now()) {
      struct timespec at = {(long)due, (due - (long)due) * 1e9};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, 0);
    }
    long ticks = (now() - start) * rate - sent + 1;
    publish(ticks > 64 ? 64 : ticks < 1 ? 1 : ticks, start + sent * step, step);
  }
  return unused;
}

static double cpu_of(const char *pids) {
  double sum = 0;
  for (char *end; *pids; pids = *end ? end + 1 : end) {
    char path[64], text[1024];
    unsigned long user, system;
    sprintf(path, "/proc/%ld/stat", strtol(pids, &end, 10));
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    sum += (user + system) / (double)sysconf(_SC_CLK_TCK);
  }
  return sum;
}

static void take(Conn *c, int measuring) {
  static char buffer[1 << 18];
  memcpy(buffer, c->tail, c->kept);
  ssize_t n = read(c->fd, buffer + c->kept, sizeof buffer - ENOUGH);
  if (n <= 0) { if (n == 0 || errno != EAGAIN) fail("a stream ended"); return; }
  double at = now();
  char *p = buffer, *end = buffer + c->kept + n, *found;
  if (!c->open) {
    if (strncmp(buffer, "HTTP/1.1 200", 12)) { buffer[200] = 0; fprintf(stderr, "load: %s\n", buffer); exit(1); }
    c->open = 1;
  }
  while ((found = memmem(p, end - p, TOKEN, strlen(TOKEN))) && end - found >= ENOUGH) {
    double due = strtod(found + strlen(TOKEN), &p);
    long bucket = (at - due) * 1e5;
    if (due <= c->last) disordered++;
    c->last = due, c->seen++, delivered++;
    if (measuring) histogram[bucket < 0 ? 0 : bucket > BUCKETS ? BUCKETS : bucket]++;
  }
  if (!found) { found = end - (ENOUGH - 1); if (found < p) found = p; }
  memcpy(c->tail, found, c->kept = end - found);
}

static double percentile(double part) {
  long sum = 0, target = 0, i;
  for (i = 0; i <= BUCKETS; i++) target += histogram[i];
  for (i = 0, target *= part; i < BUCKETS && (sum += histogram[i]) <= target; i++) {}
  return (i + 1) / 100.0;
}

int main(int argc, char **argv) {
  if (argc != 11) { fprintf(stderr, "load: see the first lines of load.c\n"); return 2; }
  streams = atoi(argv[3]), each = atoi(argv[4]), by_http = !strcmp(argv[5], "http");
  feed_port = atoi(argv[6]), rate = atof(argv[7]);
  double warm = atof(argv[8]), seconds = atof(argv[9]);
  int count = streams * each, epoll = epoll_create1(0), waiting = count;
  Conn *conns = calloc(count, sizeof *conns);
  struct epoll_event events[1024];
  for (int i = 0; i < count; i++) {
    char path[256], request[512];
    snprintf(path, sizeof path, argv[2], i % streams);
    int n = sprintf(request, "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", path);
    conns[i].fd = dial(atoi(argv[1]));
    send_all(conns[i].fd, request, n);
    fcntl(conns[i].fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(epoll, EPOLL_CTL_ADD, conns[i].fd, &(struct epoll_event){EPOLLIN, {.ptr = &conns[i]}});
  }
  for (double end = now() + 20; waiting;) {
    if (now() > end) fail("not all streams began");
    int n = epoll_wait(epoll, events, 1024, 100);
    for (int i = 0; i < n; i++) take(events[i].data.ptr, 0);
    for (int i = waiting = 0; i < count; i++) waiting += !conns[i].open;
  }
  usleep(300000);
  feed = dial(feed_port);
  pthread_t thread;
  if (rate) pthread_create(&thread, 0, feeder, 0);
  double begin = now(), cpu = 0, from = 0, until = 0, used = 0;
  long first = 0, events_in = 0;
  for (;;) {
    double at = now();
    if (!from && at >= begin + warm) from = at, first = delivered, cpu = cpu_of(argv[10]);
    if (from && !until && at >= from + seconds) {
      until = at, events_in = delivered - first, used = cpu_of(argv[10]) - cpu;
      stop = 1;
      if (rate) pthread_join(thread, 0);
    }
    if (until && (delivered == sent * each || at > until + DRAIN)) break;
    if (!rate && !until && delivered == sent * each) publish(1, at, 0);
    int n = epoll_wait(epoll, events, 1024, 5);
    for (int i = 0; i < n; i++) take(events[i].data.ptr, from && !until);
  }
  double span = until - from;
  struct rusage own;
  getrusage(RUSAGE_SELF, &own);
  printf("{\"events_per_second\": %.0f, \"delivered\": %.4f, \"disordered\": %ld, \"cores\": %.3f, "
    "\"us_per_event\": %.3f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"client_cores\": %.2f}\n",
    events_in / span, delivered / ((double)sent * each), disordered, used / span,
    used * 1e6 / (events_in ? events_in : 1), percentile(0.5), percentile(0.99),
    (own.ru_utime.tv_sec + own.ru_stime.tv_sec + (own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6)
    / (now() - begin));
  return 0;
}
