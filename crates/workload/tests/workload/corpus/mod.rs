//! Example files of every trace format, and the harness that reads damaged ones.

pub mod harness;

fn oracle_record(time: u32, key: u64, size: u32, next: i64) -> Vec<u8> {
    let mut record = time.to_le_bytes().to_vec();
    record.extend(key.to_le_bytes());
    record.extend(size.to_le_bytes());
    record.extend(next.to_le_bytes());
    record
}

/// Encodes one record of the format `vscsi`.
pub fn vscsi_record(length: u32, command: u16, version: u16, block: u64, time: u64) -> Vec<u8> {
    let mut record = vec![0; 4];
    record.extend(length.to_le_bytes());
    record.extend([0; 4]);
    record.extend(command.to_le_bytes());
    record.extend((version << 8).to_le_bytes());
    record.extend(block.to_le_bytes());
    record.extend(time.to_le_bytes());
    record
}

/// Returns the content of a small file in the given format.
pub fn example(format: &str) -> Vec<u8> {
    match format {
        "access-log" => b"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /a HTTP/1.0\" 200 2326\n\
            ::1 - x [10/Oct/2000:13:55:37 -0700] \"HEAD /a?q HTTP/1.0\" 304 - \"-\" \"x y\"\n\
            h - - [10/Oct/2000:13:55:37 -0700] \"\\x16\\x03\" 400 150 \"-\" \"-\"\n\
            h - - [10/Oct/2000:13:55:38 -0700] \"DELETE /a HTTP/1.1\" 204 0\n\
            h - - [10/Oct/2000:13:55:38 -0700] \"PO"
            .to_vec(),
        "access-log-json" => b"{\"time_iso8601\":\"2000-10-10T20:55:36+00:00\",\"request\":\"GET /a HTTP/1.1\",\"body_bytes_sent\":\"2326\"}\n\
            {\"msec\":971211337.000,\"request_method\":\"POST\",\"uri\":\"/b\",\"bytes_sent\":7}\n\
            {\"time_local\":\"10/Oct/2000:13:55:38 -0700\",\"request\":\"\",\"status\":400}\n\
            {\"request\":\"PU"
            .to_vec(),
        "jsonl" => b"{\"ts\":1.5,\"op\":\"GET\",\"key\":\"a\",\"size\":10,\"tenant\":\"x\"}\n\
            {\"ts\":\"1970-01-01T00:00:02Z\",\"op\":\"set\",\"key\":7,\"size\":20,\"ttl\":60,\"other\":[1]}\n"
            .to_vec(),
        "memcached" => b"<28 new auto-negotiating client connection\n\
            28: Client using the ascii protocol\n<28 get a b\n>28 END\n<28 set a 0 60 300\n\
            >28 STORED\n<28 delete a\n"
            .to_vec(),
        "redis-monitor" => b"OK\n1339518083.107412 [0 127.0.0.1:60866] \"keys\" \"*\"\n\
            1339518087.877697 [0 127.0.0.1:60866] \"GET\" \"a\\x01\"\n\
            1339518090.420270 [9 [::1]:60866] \"set\" \"x\" \"6\" \"EX\" \"60\"\n\
            1339518096.506257 [0 lua] \"MGET\" \"a\" \"b\"\n\
            1339518099.363765 [0 unix:/s] \"DEL\" \"a\"\n1339518100.1 [0"
            .to_vec(),
        "address" => b"s 0x1fffff50 1\nl 0x1F 6\n".to_vec(),
        "arc" => b"5 2 0 1\n7 1 0 2\n".to_vec(),
        "csv" => b"time,op,key,size,ttl\n1.5,GET,a,10,\n2,set,\"b,c\",20,60\n3,del,a,,\n".to_vec(),
        "libcachesim-csv" => b"version,time,op,size,lbn\n1,5,2a,512,42\n1,6,28,8,43\n".to_vec(),
        "lirs" => b"5\n*\n\n7\n5".to_vec(),
        "oracle-general" => [oracle_record(7, 99, 10, 2), oracle_record(9, 99, 11, -1)].concat(),
        "tsv" => b"key\tsize\na b\t10\nc,d\t20\n".to_vec(),
        "twitter-csv" => b"# time, object, size, next\n0, 13, 737, 13\n2, 14, 1, -1\n".to_vec(),
        "u32-be" => [7_u32, 9, 7].iter().flat_map(|key| key.to_be_bytes()).collect(),
        "u64-be" => [7_u64, 9, 7].iter().flat_map(|key| key.to_be_bytes()).collect(),
        "vscsi" => [vscsi_record(512, 0x2a, 1, 42, 5), vscsi_record(8, 0x28, 1, 43, 6)].concat(),
        other => panic!("{other} has no example; add one here"),
    }
}
